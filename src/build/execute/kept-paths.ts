import { closeSync, constants } from "node:fs";
import { O_PATH } from "../../host/open-flags.ts";
import { openat2, RESOLVE } from "../../host/openat.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import { listNames } from "../../storage/copy-tree.ts";
import { type IgnoreRules, type IgnoreState, ignoreRoot, ignoreState, mayKeepBelow } from "../context/ignore.ts";
import type { Source } from "./sources.ts";

/**
 * Which paths of a source folder are copied: those that neither the context's ignore rules nor `--exclude` leave out, and the folders
 * above them. Paths are byte strings, relative to the folder.
 */
export function keptPaths(
  folderFd: number,
  source: Source,
  [context, exclude]: readonly [context: IgnoreRules, exclude: IgnoreRules],
): (path: string, status: FileStatus) => boolean {
  const walk = new KeptWalk(folderFd, [
    { rules: context, base: source.path, root: source.state },
    { rules: exclude, base: "", root: ignoreRoot(exclude) },
  ]);
  if (context.rules.length + exclude.rules.length === 0) return () => true;
  return (path, status) => walk.keeps(path, (status.mode & S_IFMT) === S_IFDIR);
}

type Filter = { readonly rules: IgnoreRules; readonly base: string; readonly root: IgnoreState };

class KeptWalk {
  readonly #rootFd: number;
  readonly #filters: readonly Filter[];
  /** States of folders, by path; each filter's in its place. */
  readonly #states = new Map<string, readonly IgnoreState[]>();

  constructor(rootFd: number, filters: readonly Filter[]) {
    this.#rootFd = rootFd;
    this.#filters = filters;
  }

  keeps(path: string, isFolder: boolean): boolean {
    const states = this.#statesOf(path);
    if (isFolder) this.#states.set(path, states);
    if (states.every(({ excluded }) => !excluded)) return true;
    return isFolder && this.#mayKeep(path, states) && this.#keepsSomething(path);
  }

  #statesOf(path: string): IgnoreState[] {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const above = this.#states.get(parent);
    return this.#filters.map(({ rules, base, root }, index) =>
      ignoreState(rules, join(base, path), above?.[index] ?? root),
    );
  }

  #mayKeep(path: string, states: readonly IgnoreState[]): boolean {
    return this.#filters.every(
      ({ rules, base }, index) => states[index]?.excluded !== true || mayKeepBelow(rules, join(base, path)),
    );
  }

  // A folder that is left out comes along only with something in it that is not.
  #keepsSomething(path: string): boolean {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
    const fd = openat2(this.#rootFd, Buffer.from(`${path}\0`, "latin1"), {
      flags,
      resolve: RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS,
    });
    if (fd < 0) return false;
    try {
      return listNames(fd).some((name) => {
        const child = openat2(fd, Buffer.from(`${name}\0`, "latin1"), {
          flags: O_PATH | constants.O_NOFOLLOW,
          resolve: RESOLVE.BENEATH,
        });
        if (child < 0) return false;
        const isFolder = (statFd(child).mode & S_IFMT) === S_IFDIR;
        closeSync(child);
        return this.keeps(`${path}/${name}`, isFolder);
      });
    } finally {
      closeSync(fd);
    }
  }
}

function join(base: string, path: string): string {
  const text = Buffer.from(path, "latin1").toString("utf8");
  return base === "" ? text : `${base}/${text}`;
}
