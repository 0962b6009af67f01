import { errnoError } from "./errno.ts";
import { AT_FDCWD, syscall } from "./syscall.ts";

/** What the kernel says of one file (statx(2)); times are whole seconds plus nanoseconds. */
export type FileStatus = {
  mode: number;
  uid: number;
  gid: number;
  links: number;
  sizeBytes: number;
  /** 512-byte blocks that the file takes. */
  blocks: number;
  /** `major:minor:inode`: equal for two names of one file. */
  identity: string;
  modified: { seconds: number; nanoseconds: number };
  /** The last change of content, owner, mode or links: nobody can set it back. */
  changed: { seconds: number; nanoseconds: number };
  device: { major: number; minor: number };
  /** True or false where the kernel says whether this is the root of a mount (Linux 5.8), else undefined. */
  mountRoot: boolean | undefined;
};

/** File type bits of a mode (inode(7)). */
export const S_IFMT = 0o170000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_ATTR_MOUNT_ROOT = 0x2000;

/** The status of `name` under a folder, never of what a link points to; undefined where there is nothing of that name. */
export function statAt(folderFd: number, name: string | Uint8Array): FileStatus | undefined {
  const buffer = new Uint8Array(256);
  const result = syscall("statx", folderFd, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, buffer);
  if (result === 0) return decode(buffer);
  if (result === -2) return undefined;
  throw errnoError(-result, `cannot read the status of ${JSON.stringify(printable(name))}`);
}

/** The status of an open descriptor, O_PATH ones included. */
export function statFd(fd: number): FileStatus {
  const buffer = new Uint8Array(256);
  const result = syscall("statx", fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, buffer);
  if (result === 0) return decode(buffer);
  throw errnoError(-result, "cannot read the status of an open file");
}

/** Like {@link statAt} for a path of the host. */
export function statPath(path: string): FileStatus | undefined {
  return statAt(AT_FDCWD, path);
}

/** A name for an error text: bytes that are not UTF-8 are shown as the replacement character, the closing NUL is left out. */
export function printable(name: string | Uint8Array): string {
  if (typeof name === "string") return name;
  const end = name.indexOf(0);
  return new TextDecoder().decode(end < 0 ? name : name.subarray(0, end));
}

// Offsets: struct statx in linux/stat.h.
function decode(buffer: Uint8Array): FileStatus {
  const view = new DataView(buffer.buffer);
  const u32 = (offset: number) => view.getUint32(offset, true);
  const u64 = (offset: number) => u32(offset) + u32(offset + 4) * 0x1_0000_0000;
  const knowsMountRoot = (u32(0x38) & STATX_ATTR_MOUNT_ROOT) !== 0;
  return {
    mode: view.getUint16(0x1c, true),
    uid: u32(0x14),
    gid: u32(0x18),
    links: u32(0x10),
    sizeBytes: u64(0x28),
    blocks: u64(0x30),
    identity: `${u32(0x88)}:${u32(0x8c)}:${view.getBigUint64(0x20, true)}`,
    modified: { seconds: Number(view.getBigInt64(0x70, true)), nanoseconds: u32(0x78) },
    changed: { seconds: Number(view.getBigInt64(0x60, true)), nanoseconds: u32(0x68) },
    device: { major: u32(0x80), minor: u32(0x84) },
    mountRoot: knowsMountRoot ? (u32(0x08) & STATX_ATTR_MOUNT_ROOT) !== 0 : undefined,
  };
}
