import { closeSync, constants } from "node:fs";
import { folderNames } from "../../host/folder-names.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { fdPath, openInRoot, tryOpenInRoot } from "../../host/openat.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, statFd } from "../../host/statx.ts";
import { EstibaError } from "../../lib/error.ts";
import {
  type IgnoreRule,
  type IgnoreRules,
  type IgnoreState,
  ignoreRoot,
  ignoreState,
  mayKeepBelow,
} from "../context/ignore.ts";

/** Where COPY takes files from. */
export type SourceTree = {
  /** O_PATH descriptor of its root. */
  readonly fd: number;
  readonly ignore: IgnoreRules;
  /** For messages, such as `the build context`. */
  readonly name: string;
  /** Files keep their owner; else they are root's. */
  readonly keepsOwners: boolean;
  /** Says what it is, where it never changes: the chainId of its topmost layer. */
  readonly identity?: string;
};

/** One thing to copy. */
export type Source = {
  /** Without the first slash; "" for the root. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly state: IgnoreState;
};

/**
 * What a source of COPY stands for: itself, or what its wildcards match (Go's filepath.Match: `*` and `?` stay within one name). Nothing
 * leads out of the tree. `deep`: `**` is any number of folders. A pattern that matches nothing is no error where another source is there. Throws `not_found`, naming the ignore
 * file's line where that is why.
 */
export function findSources(tree: SourceTree, typed: string, { deep }: { deep: boolean } = { deep: false }): Source[] {
  const path = cleanPath(typed);
  if (!/[*?[\\]/.test(path)) return [requireSource(tree, path, typed)];
  let found = [{ path: "", isFolder: true, state: ignoreRoot(tree.ignore) }];
  for (const part of path.split("/")) {
    const pattern = patternOf(part, typed);
    if (deep && part === "**") {
      found = found.flatMap((folder) => foldersBelow(tree, folder));
      continue;
    }
    found = found.filter(({ isFolder }) => isFolder).flatMap((folder) => matches(tree, folder, pattern));
  }
  return found.filter(({ state }) => !state.excluded);
}

/** The state of the ignore rules at a path. */
function stateAt(rules: IgnoreRules, path: string): IgnoreState {
  let state = ignoreRoot(rules);
  const parts = path === "" ? [] : path.split("/");
  for (let length = 1; length <= parts.length; length++)
    state = ignoreState(rules, parts.slice(0, length).join("/"), state);
  return state;
}

/** The path in its tree, without the first slash: `..` does not climb above the root. */
export function cleanPath(typed: string): string {
  const parts: string[] = [];
  for (const part of typed.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function requireSource(tree: SourceTree, path: string, typed: string): Source {
  const state = stateAt(tree.ignore, path);
  const fd = tryOpenInRoot(tree.fd, path, O_PATH);
  if (fd < 0) throw notFound(tree, typed, undefined);
  const isFolder = (statFd(fd).mode & S_IFMT) === S_IFDIR;
  closeSync(fd);
  if (state.excluded && !(isFolder && mayKeepBelow(tree.ignore, path))) throw notFound(tree, typed, state.rule);
  return { path, isFolder, state };
}

function matches(tree: SourceTree, folder: Source, pattern: RegExp): Source[] {
  const fd = openInRoot(tree.fd, folder.path, O_PATH | constants.O_DIRECTORY);
  try {
    return folderNames(fdPath(fd))
      .filter((name) => pattern.test(name))
      .toSorted()
      .flatMap((name) => {
        const path = folder.path === "" ? name : `${folder.path}/${name}`;
        const state = ignoreState(tree.ignore, path, folder.state);
        if (state.excluded && !mayKeepBelow(tree.ignore, path)) return [];
        const child = tryOpenInRoot(tree.fd, path, O_PATH);
        if (child < 0) return [];
        const isFolder = (statFd(child).mode & S_IFMT) === S_IFDIR;
        closeSync(child);
        return [{ path, isFolder, state }];
      });
  } finally {
    closeSync(fd);
  }
}

/** A folder with all folders below it; links to folders are none of them. */
function foldersBelow(tree: SourceTree, folder: Source): Source[] {
  const below = matches(tree, folder, /./s).filter(({ path, isFolder }) => isFolder && !isLink(tree, path));
  return [folder, ...below.flatMap((child) => foldersBelow(tree, child))];
}

function isLink(tree: SourceTree, path: string): boolean {
  const fd = openInRoot(tree.fd, path, O_PATH | constants.O_NOFOLLOW);
  try {
    return (statFd(fd).mode & S_IFMT) === S_IFLNK;
  } finally {
    closeSync(fd);
  }
}

function patternOf(part: string, typed: string): RegExp {
  let expression = "";
  for (let at = 0; at < part.length; at++) {
    const character = part[at] ?? "";
    if (character === "*") expression += ".*";
    else if (character === "?") expression += ".";
    else if (character === "[") {
      const end = part.indexOf("]", at + 2);
      if (end < 0) throw badPattern(typed);
      expression += part.slice(at, end + 1);
      at = end;
    } else if (character === "\\" && at + 1 < part.length) expression += RegExp.escape(part[++at] ?? "");
    else expression += RegExp.escape(character);
  }
  return new RegExp(`^${expression}$`, "s");
}

function notFound({ name }: SourceTree, typed: string, rule: IgnoreRule | undefined): EstibaError {
  const left =
    rule === undefined
      ? ""
      : `: it is left out by "${rule.text}"${rule.line === 0 ? "" : ` in line ${rule.line} of the ignore file`}`;
  return new EstibaError("not_found", {
    reason: "build.no_source",
    what: `"${typed}" is not in ${name}${left}`,
    fix:
      rule === undefined
        ? "check the path: it is seen from the context, not from the Containerfile"
        : "add a line with ! and the path",
  });
}

function badPattern(typed: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "build.bad_pattern",
    what: `bad pattern "${typed}": its brackets are wrong`,
  });
}
