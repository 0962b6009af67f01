import { closeSync, constants } from "node:fs";
import { basename } from "node:path";
import { ERRNO, errnoError, must } from "../../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../../host/open-flags.ts";
import { openInRoot, resolveLast, tryOpenInRoot } from "../../host/openat.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { notAFolder, pathNotFound } from "./refusals.ts";

/** One side of a copy: a path below a root, of the host or of a container. */
export type Side = {
  readonly rootFd: number;
  /** Absolute; a slash or `/.` at its end means something. */
  readonly path: string;
  /** How messages call the side: `the host`, `container web`. */
  readonly where: string;
};

/** What is copied, pinned; disposing closes it. */
export type Source = Disposable & {
  readonly fd: number;
  readonly status: FileStatus;
  readonly isFolder: boolean;
  /** Only what is in the folder, not the folder itself: the path ends in `/.`, or is the root. */
  readonly contents: boolean;
  /** Its own name; "" for contents. */
  readonly name: string;
};

/** Where it goes: into a folder, under a name; without one, what is in the source goes into the folder itself. */
export type Target = Disposable & { readonly folderFd: number; readonly name: string };

/** Pins what a path names. Throws `not_found`. */
export function openSource({ rootFd, path, where }: Side, follow: boolean): Source {
  const fd = tryOpenInRoot(rootFd, path, O_PATH | (follow ? 0 : constants.O_NOFOLLOW));
  if (fd === -ERRNO.ENOENT || fd === -ERRNO.ENOTDIR) throw pathNotFound(path, where, "check the spelling of the path");
  if (fd < 0) throw errnoError(-fd, `cannot open "${path}" on ${where}`);
  const status = statFd(fd);
  const isFolder = (status.mode & S_IFMT) === S_IFDIR;
  const name = basename(path);
  const contents = isFolder && (name === "." || name === ".." || name === "");
  return { fd, status, isFolder, contents, name: contents ? "" : name, [Symbol.dispose]: () => closeSync(fd) };
}

/**
 * Where a source goes, by the rules of both peers: into a folder that is there, under its own name; else it gets the name that the path ends
 * with, in a folder that must be there. Throws `not_found`, and `conflict` for a folder over a file without `overwrite`.
 */
export function openTarget(
  side: Side,
  source: Pick<Source, "isFolder" | "contents" | "name">,
  overwrite: boolean,
): Target {
  const { rootFd, path, where } = side;
  const mustBeFolder = /(^|\/)\.{0,2}$/.test(path);
  const found = tryOpenInRoot(rootFd, path.replace(/\/+$/, "") || "/", O_PATH);
  if (found === -ERRNO.ENOENT) {
    if (mustBeFolder && (!source.isFolder || path.endsWith("."))) throw pathNotFound(path, where);
    return named(side);
  }
  if (found === -ERRNO.ENOTDIR) throw pathNotFound(path, where);
  if (found < 0) throw errnoError(-found, `cannot open "${path}" on ${where}`);
  if ((statFd(found).mode & S_IFMT) === S_IFDIR) {
    return { folderFd: found, name: source.name, [Symbol.dispose]: () => closeSync(found) };
  }
  closeSync(found);
  if (mustBeFolder || (source.isFolder && !overwrite)) throw notAFolder(path, where, source.isFolder);
  return named(side);
}

/** A folder that is there. Throws `not_found`, `conflict`. */
export function openFolder(side: Side): Target {
  return openTarget({ ...side, path: `${side.path}/.` }, { isFolder: true, contents: true, name: "" }, false);
}

/** Whether the target lies in the folder that is copied: it would be copied into itself without an end. */
export function isInside(source: Source, { folderFd }: Target): boolean {
  if (!source.isFolder) return false;
  const up = O_PATH | constants.O_DIRECTORY | O_CLOEXEC;
  let fd = must("cannot look at the destination", "openat", folderFd, ".", up);
  try {
    for (let before = ""; ; ) {
      const { identity } = statFd(fd);
      if (identity === source.status.identity) return true;
      if (identity === before) return false;
      before = identity;
      const above = must("cannot look at the destination", "openat", fd, "..", up);
      closeSync(fd);
      fd = above;
    }
  } finally {
    closeSync(fd);
  }
}

function named({ rootFd, path, where }: Side): Target {
  try {
    const { parent, name } = resolveLast(rootFd, path);
    const folderFd = openInRoot(rootFd, parent, O_PATH | constants.O_DIRECTORY);
    return { folderFd, name, [Symbol.dispose]: () => closeSync(folderFd) };
  } catch (error) {
    if (!isEstibaError(error, "not_found") && !(error instanceof EstibaError && error.reason === "host.enotdir"))
      throw error;
    throw pathNotFound(path, where);
  }
}
