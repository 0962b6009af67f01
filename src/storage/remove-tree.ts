import { ptr } from "bun:ffi";
import { closeSync, constants } from "node:fs";
import { ERRNO, errnoError } from "../host/errno.ts";
import { O_CLOEXEC } from "../host/open-flags.ts";
import { openat2, RESOLVE } from "../host/openat.ts";
import { statFd } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;
const AT_REMOVEDIR = 0x200;
const AT_SYMLINK_NOFOLLOW = 0x100;
const DT_DIR = 4;
const DT_UNKNOWN = 0;
const LISTING_BYTES = 65_536;
// Folders nested deeper are moved up first, so neither descriptors nor path lengths run out.
const MAX_OPEN_FOLDERS = 32;
const FS_IOC_GETFLAGS = 0x80086601;
const FS_IOC_SETFLAGS = 0x40086602;
const IMMUTABLE_OR_APPEND = 0x30;

/**
 * Deletes `path` and all below it: any depth, any mode, immutable files too; no link is followed and no name is looked up twice as a
 * path. Needs no free space, and minds nobody who deletes the same. False where there was nothing. Throws `in_use` for a mount inside, and by errno.
 */
export function removeTree(path: string): boolean {
  return removeTreeAt(AT_FDCWD, Buffer.from(`${path}\0`));
}

/** Like {@link removeTree} for a name (bytes ending in NUL) in an open folder. */
export function removeTreeAt(folderFd: number, name: Uint8Array): boolean {
  const outcome = removeOne(folderFd, name);
  if (outcome === "gone") return true;
  if (outcome === "missing") return false;
  new TreeRemover(folderFd, name).run();
  return true;
}

class TreeRemover {
  readonly #parentFd: number;
  readonly #name: Uint8Array;
  readonly #listing = new Uint8Array(LISTING_BYTES);
  readonly #view = new DataView(this.#listing.buffer);
  #topFd = -1;
  #moved = 0;

  constructor(parentFd: number, name: Uint8Array) {
    this.#parentFd = parentFd;
    this.#name = name;
  }

  run(): void {
    this.#emptyTop();
    unlinkOrThrow(this.#parentFd, this.#name, AT_REMOVEDIR);
  }

  #emptyTop(): void {
    const fd = openFolder(this.#parentFd, this.#name);
    if (fd === undefined) return;
    this.#topFd = fd;
    try {
      if (statFd(fd).mountRoot === true) throw mountedOn();
      // What is moved up appears in the top folder: read it again until nothing more was moved.
      for (let before = -1; before !== this.#moved; ) {
        before = this.#moved;
        this.#empty(fd, 1);
      }
    } finally {
      closeSync(fd);
    }
  }

  #empty(fd: number, depth: number): void {
    for (const folder of this.#unlinkFiles(fd)) {
      if (depth >= MAX_OPEN_FOLDERS) {
        this.#moveUp(fd, folder);
        continue;
      }
      const child = openFolder(fd, folder);
      if (child === undefined) continue;
      try {
        this.#empty(child, depth + 1);
      } finally {
        closeSync(child);
      }
      unlinkOrThrow(fd, folder, AT_REMOVEDIR);
    }
  }

  /** Unlinks all that is no folder and gives the names of the folders. */
  #unlinkFiles(fd: number): Uint8Array[] {
    const folders: Uint8Array[] = [];
    syscall("lseek", fd, 0, 0);
    for (;;) {
      const length = syscall("getdents64", fd, this.#listing, LISTING_BYTES);
      // Somebody else who deletes the same has come further.
      if (length === 0 || length === -ERRNO.ENOENT) return folders;
      if (length < 0) throw errnoError(-length, "cannot list a folder that is being deleted");
      for (let at = 0; at < length; ) {
        const size = this.#view.getUint16(at + 16, true);
        this.#unlinkListed(fd, at, folders);
        at += size;
      }
    }
  }

  // struct linux_dirent64: inode 8, offset 8, length 2, type 1, name.
  #unlinkListed(fd: number, at: number, folders: Uint8Array[]): void {
    const type = this.#listing[at + 18] ?? DT_UNKNOWN;
    const start = at + 19;
    const end = this.#listing.indexOf(0, start);
    if (end - start <= 2 && this.#listing[start] === 0x2e && (end - start === 1 || this.#listing[start + 1] === 0x2e))
      return;
    if (type !== DT_DIR && syscall("unlinkat", fd, ptr(this.#listing) + start, 0) === 0) return;
    const name = this.#listing.slice(start, end + 1);
    if (type === DT_DIR || removeOne(fd, name) === "folder") folders.push(name);
  }

  #moveUp(fd: number, folder: Uint8Array): void {
    for (;;) {
      const result = syscall("renameat2", fd, folder, this.#topFd, `.estiba-deep-${this.#moved++}`, 1);
      if (result === 0 || result === -ERRNO.ENOENT) return;
      if (result === -ERRNO.EPERM && allowChanges(fd, folder)) continue;
      if (result !== -ERRNO.EEXIST) throw errnoError(-result, "cannot move a deep folder that is being deleted");
    }
  }
}

// Undefined where it is gone already. Nothing is deleted through a mount: what it shows belongs to somebody else.
function openFolder(parentFd: number, name: Uint8Array): number | undefined {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  const resolve = parentFd === AT_FDCWD ? 0 : RESOLVE.NO_XDEV;
  const fd = openat2(parentFd, name, { flags, resolve });
  if (fd >= 0) return fd;
  // Without the superuser's rights, a folder of mode 000 must be opened up first.
  if (fd === -ERRNO.EACCES && syscall("fchmodat", parentFd, name, 0o700) === 0) {
    const again = openat2(parentFd, name, { flags, resolve });
    if (again >= 0) return again;
  }
  if (fd === -ERRNO.EXDEV) throw mountedOn();
  if (fd === -ERRNO.ENOENT) return undefined;
  throw errnoError(-fd, "cannot open a folder that is being deleted");
}

function mountedOn(): Error {
  return errnoError(ERRNO.EBUSY, "cannot delete a folder that something is mounted on");
}

function removeOne(folderFd: number, name: Uint8Array): "gone" | "missing" | "folder" {
  const result = unlinkAllowed(folderFd, name, 0);
  if (result === 0) return "gone";
  if (result === -ERRNO.ENOENT) return "missing";
  if (result === -ERRNO.EISDIR) return "folder";
  throw errnoError(-result, "cannot delete a file");
}

function unlinkOrThrow(folderFd: number, name: Uint8Array, flags: number): void {
  const result = unlinkAllowed(folderFd, name, flags);
  if (result < 0 && result !== -ERRNO.ENOENT) throw errnoError(-result, "cannot delete a folder");
}

function unlinkAllowed(folderFd: number, name: Uint8Array, flags: number): number {
  const result = syscall("unlinkat", folderFd, name, flags);
  if (result !== -ERRNO.EPERM || !allowChanges(folderFd, name)) return result;
  return syscall("unlinkat", folderFd, name, flags);
}

/** Takes the immutable and append-only marks off a name and its folder; true when there was one. */
function allowChanges(folderFd: number, name: Uint8Array): boolean {
  const onFolder = clearMarks(folderFd, Buffer.from(".\0"));
  return clearMarks(folderFd, name) || onFolder;
}

function clearMarks(folderFd: number, name: Uint8Array): boolean {
  if (!isFileOrFolder(folderFd, name)) return false;
  const fd = syscall("openat", folderFd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return false;
  try {
    const flags = new Uint32Array(2);
    if (syscall("ioctl", fd, FS_IOC_GETFLAGS, flags) < 0) return false;
    const before = flags[0] ?? 0;
    if ((before & IMMUTABLE_OR_APPEND) === 0) return false;
    flags[0] = before & ~IMMUTABLE_OR_APPEND;
    return syscall("ioctl", fd, FS_IOC_SETFLAGS, flags) === 0;
  } finally {
    closeSync(fd);
  }
}

// Opening a device has effects; only files and folders carry the marks.
function isFileOrFolder(folderFd: number, name: Uint8Array): boolean {
  const buffer = new Uint8Array(256);
  if (syscall("statx", folderFd, name, AT_SYMLINK_NOFOLLOW, 1, buffer) < 0) return false;
  const type = new DataView(buffer.buffer).getUint16(0x1c, true) & 0o170000;
  return type === 0o100000 || type === 0o040000;
}
