import { closeSync, constants } from "node:fs";
import { must } from "./errno.ts";
import { O_CLOEXEC } from "./open-flags.ts";
import { AT_FDCWD, syscall } from "./syscall.ts";

const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const FS_TOPDIR_FL = 0x20000;

/**
 * Tells ext4 that the folders in this one have nothing to do with each other (chattr +T): each gets inodes of its own block group.
 * Measured: unpacking right after as large a layer was deleted takes 0.9 s instead of 3 to 10 s, and a run after many others 10 ms less,
 * since ext4 walks past all recently freed inodes of a group. Other file systems know no such mark and need none.
 */
export function spreadFolders(path: string): void {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
  const fd = must(`cannot open ${JSON.stringify(path)}`, "openat", AT_FDCWD, path, flags);
  try {
    const attributes = new Uint32Array(2);
    if (syscall("ioctl", fd, FS_IOC_GETFLAGS, attributes) < 0) return;
    attributes[0] = (attributes[0] ?? 0) | FS_TOPDIR_FL;
    syscall("ioctl", fd, FS_IOC_SETFLAGS, attributes);
  } finally {
    closeSync(fd);
  }
}
