import { closeSync, constants } from "node:fs";
import { basename, dirname, posix } from "node:path";
import { ERRNO, errnoError } from "../../host/errno.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { readLink, tryOpenInRoot } from "../../host/openat.ts";
import { type FileStatus, S_IFLNK, S_IFMT, statFd } from "../../host/statx.ts";
import { EstibaError } from "../../lib/error.ts";
import type { Engine } from "../engine.ts";
import { openSide } from "./copy.ts";

/** What stands at a path of a container. */
export type PathStatus = {
  readonly name: string;
  readonly status: FileStatus;
  /** Where a link leads in the end, as a path in the container; "" for anything else. */
  readonly linkTarget: string;
};

/** As many links in a row as the kernel follows. */
const MOST_LINKS = 40;

/** Looks at a path of a container, running or not; a link itself, not what it leads to. Throws `not_found`. */
export async function statContainerPath(engine: Engine, container: string, path: string): Promise<PathStatus> {
  await using side = await openSide(engine, { container, path });
  const first = lookAt(side.rootFd, side.path);
  if (first === undefined) throw notFound(path, container);
  const { status, link } = first;
  return { name: basename(side.path) || "/", status, linkTarget: link === undefined ? "" : follow(side, link) };
}

function follow({ rootFd, path }: { rootFd: number; path: string }, link: string): string {
  let target = resolved(path, link);
  for (let count = 1; count < MOST_LINKS; count++) {
    const next = lookAt(rootFd, target)?.link;
    if (next === undefined) break;
    target = resolved(target, next);
  }
  return target;
}

function resolved(path: string, link: string): string {
  return posix.normalize(link.startsWith("/") ? link : `${dirname(path)}/${link}`);
}

function lookAt(rootFd: number, path: string): { status: FileStatus; link: string | undefined } | undefined {
  const fd = tryOpenInRoot(rootFd, path, O_PATH | constants.O_NOFOLLOW);
  if (fd === -ERRNO.ENOENT || fd === -ERRNO.ENOTDIR) return undefined;
  if (fd < 0) throw errnoError(-fd, `cannot open "${path}" in the container`);
  try {
    const status = statFd(fd);
    const isLink = (status.mode & S_IFMT) === S_IFLNK;
    return { status, link: isLink ? readLink(fd) : undefined };
  } finally {
    closeSync(fd);
  }
}

function notFound(path: string, container: string): EstibaError {
  return new EstibaError("not_found", {
    reason: "copy.not_found",
    what: `Could not find the file ${path} in container ${container}`,
    fix: "check the spelling of the path",
  });
}
