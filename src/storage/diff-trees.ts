import { closeSync, constants } from "node:fs";
import { must } from "../host/errno.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { type FileStatus, S_IFDIR, S_IFLNK, S_IFMT, statFd } from "../host/statx.ts";
import { listNames } from "./copy-tree.ts";
import type { Change } from "./diff.ts";

/**
 * What differs in the first tree from the second, in the order of the paths. Files are equal by type, mode, owner, size and time; folders by
 * mode, owner and names; links by their target. Of a deleted folder, only the folder itself is told. Descriptors may be O_PATH.
 */
export function* diffTrees(first: number, second: number, path = ""): Generator<Change, void, undefined> {
  const names = new Set(listNames(first));
  const before = new Set(listNames(second));
  for (const name of [...new Set([...names, ...before])].toSorted()) {
    const inner = path === "" ? name : `${path}/${name}`;
    if (!names.has(name)) yield change("deleted", inner);
    else yield* withName(first, name, (fd) => (before.has(name) ? compare(fd, second, name, inner) : added(fd, inner)));
  }
}

function* compare(fd: number, second: number, name: string, path: string): Generator<Change, void, undefined> {
  yield* withName(second, name, function* (other) {
    const [now, then] = [statFd(fd), statFd(other)];
    const folders = isFolder(now) && isFolder(then);
    const same = folders
      ? sameNames(fd, other) && sameOwner(now, then)
      : sameFile({ fd, now }, { fd: other, now: then });
    if (!same) yield change("changed", path);
    if (folders) yield* diffTrees(fd, other, path);
    else if (isFolder(now)) yield* inside(fd, path);
  });
}

function* added(fd: number, path: string): Generator<Change, void, undefined> {
  yield change("added", path);
  if (isFolder(statFd(fd))) yield* inside(fd, path);
}

function* inside(fd: number, path: string): Generator<Change, void, undefined> {
  for (const name of listNames(fd).toSorted()) yield* withName(fd, name, (inner) => added(inner, `${path}/${name}`));
}

function* withName(
  folderFd: number,
  name: string,
  work: (fd: number) => Generator<Change, void, undefined>,
): Generator<Change, void, undefined> {
  const bytes = Buffer.from(`${name}\0`, "latin1");
  const fd = must("cannot compare a folder", "openat", folderFd, bytes, O_PATH | constants.O_NOFOLLOW | O_CLOEXEC);
  try {
    yield* work(fd);
  } finally {
    closeSync(fd);
  }
}

function sameFile(one: { fd: number; now: FileStatus }, two: { fd: number; now: FileStatus }): boolean {
  const [a, b] = [one.now, two.now];
  if ((a.mode & S_IFMT) === S_IFLNK && (b.mode & S_IFMT) === S_IFLNK) return readLink(one.fd) === readLink(two.fd);
  const sameTime = a.modified.seconds === b.modified.seconds && a.modified.nanoseconds === b.modified.nanoseconds;
  const sameDevice = a.device.major === b.device.major && a.device.minor === b.device.minor;
  return sameOwner(a, b) && a.sizeBytes === b.sizeBytes && sameTime && sameDevice;
}

function sameOwner(a: FileStatus, b: FileStatus): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

function sameNames(first: number, second: number): boolean {
  const names = new Set(listNames(second));
  const mine = listNames(first);
  return mine.length === names.size && mine.every((name) => names.has(name));
}

function readLink(fd: number): string {
  const buffer = Buffer.alloc(4096);
  return buffer.toString("latin1", 0, must("cannot read a link", "readlinkat", fd, "", buffer, buffer.length));
}

function isFolder(status: FileStatus): boolean {
  return (status.mode & S_IFMT) === S_IFDIR;
}

function change(kind: Change["kind"], path: string): Change {
  return { kind, path: `/${Buffer.from(path, "latin1").toString("utf8")}` };
}
