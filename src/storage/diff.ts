import { closeSync, constants } from "node:fs";
import { must } from "../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { fdPath, openRoot } from "../host/openat.ts";
import { S_IFDIR, S_IFMT, S_IFREG, statFd } from "../host/statx.ts";
import { getXattr } from "../host/xattr.ts";
import { isWhiteout, OPAQUE } from "./attributes.ts";
import { listNames } from "./copy-tree.ts";
import { LowerView } from "./lower-view.ts";

/** One path that differs, absolute, as text; bytes that are not UTF-8 are shown as the replacement character. */
export type Change = { readonly kind: "added" | "changed" | "deleted"; readonly path: string };

type DiffOptions = {
  /** The folder that holds the changes, in overlay's form. */
  readonly upper: string;
  /** The folders below it, topmost first. */
  readonly lowers: readonly string[];
  /** Paths (without the first slash) that are not told where they were only made to mount something: empty and not in the layers below. */
  readonly mountTargets?: ReadonlySet<string>;
};

/**
 * What a layer changes in those below it, in the order of the paths: only the layer is walked. A folder that was replaced is a changed one,
 * with what it has lost as deleted.
 */
export function* diffLayer(options: DiffOptions): Generator<Change, void, undefined> {
  using below = new LowerView(options.lowers);
  const root = openRoot(options.upper);
  try {
    yield* diffFolder({ below, targets: options.mountTargets ?? new Set() }, root, "");
  } finally {
    closeSync(root);
  }
}

/**
 * True for what was only made to mount something over it: a path of `targets`, an empty file, or a folder with nothing but such. The caller
 * knows that the layers below do not have it.
 */
export function isBareTarget(fd: number, path: string, targets: ReadonlySet<string>): boolean {
  if (!targets.has(path)) return false;
  const status = statFd(fd);
  if ((status.mode & S_IFMT) !== S_IFDIR) return (status.mode & S_IFMT) === S_IFREG && status.sizeBytes === 0;
  return listNames(fd).every((name) => {
    const bytes = Buffer.from(`${name}\0`, "latin1");
    const inner = must("cannot read a folder", "openat", fd, bytes, O_PATH | constants.O_NOFOLLOW | O_CLOEXEC);
    try {
      return isBareTarget(inner, `${path}/${name}`, targets);
    } finally {
      closeSync(inner);
    }
  });
}

type Context = { readonly below: LowerView; readonly targets: ReadonlySet<string> };

function* diffFolder(context: Context, folderFd: number, path: string): Generator<Change, void, undefined> {
  const names = listNames(folderFd);
  const gone = isOpaque(folderFd) ? lostNames(context.below, path, new Set(names)) : [];
  const lost = new Set(gone);
  for (const name of [...names, ...gone].toSorted()) {
    const inner = path === "" ? name : `${path}/${name}`;
    if (lost.has(name)) yield change("deleted", inner);
    else yield* diffName(context, folderFd, { name, path: inner });
  }
}

function* diffName(
  context: Context,
  folderFd: number,
  { name, path }: { name: string; path: string },
): Generator<Change, void, undefined> {
  const bytes = Buffer.from(`${name}\0`, "latin1");
  const fd = must("cannot compare a folder", "openat", folderFd, bytes, O_PATH | constants.O_NOFOLLOW | O_CLOEXEC);
  try {
    const status = statFd(fd);
    const before = context.below.find(path);
    const known = before !== undefined;
    if (before !== undefined) closeSync(before.fd);
    if (isWhiteout(status)) {
      if (known) yield change("deleted", path);
      return;
    }
    if (!known && isBareTarget(fd, path, context.targets)) return;
    yield change(known ? "changed" : "added", path);
    if ((status.mode & S_IFMT) === S_IFDIR) yield* diffFolder(context, fd, path);
  } finally {
    closeSync(fd);
  }
}

/** Names that the layers below have in an opaque folder, and the folder has no more. */
function lostNames(below: LowerView, path: string, present: ReadonlySet<string>): string[] {
  return below.names(path).filter((name) => !present.has(name));
}

function isOpaque(fd: number): boolean {
  return getXattr({ path: `${fdPath(fd)}/.` }, OPAQUE)?.[0] === 0x79;
}

function change(kind: Change["kind"], path: string): Change {
  return { kind, path: `/${Buffer.from(path, "latin1").toString("utf8")}` };
}
