import { ERRNO, errnoError, must } from "../host/errno.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { getXattr, listXattrs, trySetXattr, type XattrTarget } from "../host/xattr.ts";
import { quoteBytes, type TarTime } from "./tar/entry.ts";

/** What a file has besides its content. */
export type Attributes = {
  mode: number;
  uid: number;
  gid: number;
  modified: TarTime;
  /** Values as byte strings. */
  xattrs: ReadonlyMap<string, string>;
};

const AT_SYMLINK_NOFOLLOW = 0x100;
/** The attribute by which overlay hides the lower layers of a folder. */
export const OPAQUE: string = IN_USER_NAMESPACE ? "user.overlay.opaque" : "trusted.overlay.opaque";
// Overlay's own marks would let an archive hide or redirect what it does not hold.
const RESERVED_XATTRS = /^(trusted|user)\.overlay\./;

const times = new BigInt64Array(4);

/**
 * Sets owner, mode, extended attributes and times of an open file, in the order that keeps them all: a change of owner takes set-id bits
 * and capabilities away. A new file of the superuser needs no change of owner to be root's.
 */
export function applyToFile(fd: number, attributes: Attributes): void {
  const { uid, gid } = attributes;
  if (uid !== 0 || gid !== 0) must("cannot set the owner of a file", "fchown", fd, uid, gid);
  must("cannot set the mode of a file", "fchmod", fd, attributes.mode);
  setXattrs({ fd }, attributes.xattrs);
  must("cannot set the times of a file", "utimensat", fd, null, timesOf(attributes.modified), 0);
}

/** Like {@link applyToFile} for a name in an open folder that is no link. */
export function applyToName(folderFd: number, name: Uint8Array, attributes: Attributes): void {
  const { uid, gid } = attributes;
  must("cannot set the owner of a file", "fchownat", folderFd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  must("cannot set the mode of a file", "fchmodat", folderFd, name, attributes.mode);
  finishName(folderFd, name, attributes);
}

/** Like {@link applyToName} for a symbolic link, which has no mode. */
export function applyToLink(folderFd: number, name: Uint8Array, attributes: Attributes): void {
  const { uid, gid } = attributes;
  if (uid !== 0 || gid !== 0) {
    must("cannot set the owner of a link", "fchownat", folderFd, name, uid, gid, AT_SYMLINK_NOFOLLOW);
  }
  finishName(folderFd, name, attributes);
}

/** The extended attributes of a file that may be carried to another; overlay's own marks stay behind. */
export function readXattrs(target: XattrTarget): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of listXattrs(target)) {
    if (RESERVED_XATTRS.test(name)) continue;
    const value = getXattr(target, name);
    if (value !== undefined) found.set(name, Buffer.from(value).toString("latin1"));
  }
  return found;
}

/** The path by which calls that know no folder descriptor reach a name in it. */
export function procPath(folderFd: number, name: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(folderFd === AT_FDCWD ? "" : `/proc/self/fd/${folderFd}/`), name]);
}

function finishName(folderFd: number, name: Uint8Array, attributes: Attributes): void {
  if (attributes.xattrs.size > 0) setXattrs({ path: procPath(folderFd, name) }, attributes.xattrs);
  const moment = timesOf(attributes.modified);
  must("cannot set the times of a file", "utimensat", folderFd, name, moment, AT_SYMLINK_NOFOLLOW);
}

/**
 * Sets extended attributes. What this file system or kind of file cannot hold is left out, as every other engine does, except
 * capabilities: a program without them would fail in a way nobody understands.
 */
function setXattrs(target: XattrTarget, xattrs: ReadonlyMap<string, string>): void {
  for (const [name, value] of xattrs) {
    if (RESERVED_XATTRS.test(name)) continue;
    const result = trySetXattr(target, Buffer.from(name, "latin1").toString(), Buffer.from(value, "latin1"));
    const isOptional = name !== "security.capability";
    if (result === 0 || (isOptional && (result === -ERRNO.EOPNOTSUPP || result === -ERRNO.EPERM))) continue;
    throw errnoError(-result, `cannot set the extended attribute ${quoteBytes(name)}`);
  }
}

/** Sets the opaque mark on a folder; minus errno or 0. */
export function markOpaque(folderFd: number, name: Uint8Array): void {
  const path = procPath(folderFd, name);
  const what = "cannot mark a folder as opaque";
  must(what, "lsetxattr", path, OPAQUE, Buffer.from("y"), 1, 0);
}

function timesOf(modified: TarTime): BigInt64Array {
  times[0] = BigInt(modified.seconds);
  times[1] = BigInt(modified.nanoseconds);
  times[2] = times[0];
  times[3] = times[1];
  return times;
}

/** True where a status is overlay's whiteout, a character device 0:0. */
export function isWhiteout(status: { mode: number; device: { major: number; minor: number } }): boolean {
  return (status.mode & 0o170000) === 0o020000 && status.device.major === 0 && status.device.minor === 0;
}

/** Makes overlay's whiteout; 0 or minus errno. */
export function tryMakeWhiteout(folderFd: number, name: Uint8Array): number {
  return syscall("mknodat", folderFd, name, 0o020000, 0);
}

/** The kernel's encoding of a 32-bit dev_t (linux/kdev_t.h, new_encode_dev). */
export function deviceNumber({ major, minor }: { major: number; minor: number }): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}
