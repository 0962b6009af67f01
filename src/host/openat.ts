import { closeSync, constants, fchmodSync, readSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { ERRNO, errnoError, must } from "./errno.ts";
import { O_CLOEXEC, O_PATH } from "./open-flags.ts";
import { printable, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, statFd } from "./statx.ts";
import { AT_FDCWD, syscall } from "./syscall.ts";

/** How openat2 treats links and mounts on the way (openat2(2), RESOLVE_*). */
export const RESOLVE = { NO_XDEV: 0x01, NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, BENEATH: 0x08, IN_ROOT: 0x10 } as const;

const { O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOCTTY } = constants;
const MAX_LINKS = 40;
const MAX_RACES = 1000;

type OpenHow = {
  flags: number;
  /** Permission bits of a file that is made; subject to the umask. */
  mode?: number;
  /** RESOLVE bits. */
  resolve: number;
};

/**
 * openat2(2) with O_CLOEXEC: the descriptor, or minus errno. EAGAIN (a rename or mount raced with a `..`) and EINTR are tried again.
 * `path` as bytes must end in a NUL byte.
 */
export function openat2(folderFd: number, path: string | Uint8Array, how: OpenHow): number {
  const struct = new BigUint64Array([BigInt(how.flags | O_CLOEXEC), BigInt(how.mode ?? 0), BigInt(how.resolve)]);
  for (let attempt = 0; ; attempt++) {
    const result = syscall("openat2", folderFd, path, struct, 24);
    if (result === -ERRNO.EINTR || (result === -ERRNO.EAGAIN && attempt < MAX_RACES)) continue;
    return result;
  }
}

/** Opens a folder of the host, which must not be a link, as the root for the calls below. The caller closes it. */
export function openRoot(path: string): number {
  return must(
    `cannot open ${JSON.stringify(path)}`,
    "openat",
    AT_FDCWD,
    path,
    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
  );
}

/** The path under which other system calls reach an open descriptor of this process. */
export function fdPath(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/**
 * Opens `path` as a process whose root is `rootFd` would see it: absolute links and `..` stay inside, links of /proc are refused.
 * The caller closes the descriptor. Throws `not_found`, `denied`, or `internal` with `details.errno`; `invalid` for a NUL byte.
 */
export function openInRoot(rootFd: number, path: string, flags: number, mode = 0): number {
  const fd = tryOpenInRoot(rootFd, path, flags, mode);
  if (fd < 0) throw inRootError(-fd, `cannot open ${JSON.stringify(path)} in the root`);
  return fd;
}

type ReadLimits = {
  /** A longer file is refused, never cut. */
  maxBytes: number;
  /** Refuse a link as the last component. */
  noFollow?: boolean;
};

/**
 * The content of a regular file inside the root. A device, fifo or socket is never opened: the name is pinned first, and only what is
 * a regular file is read. Throws `not_found`, `invalid` (not a regular file, too long).
 */
export function readFileInRoot(rootFd: number, path: string, limits: ReadLimits): Uint8Array<ArrayBuffer> {
  const pinned = openInRoot(rootFd, path, O_PATH | (limits.noFollow === true ? O_NOFOLLOW : 0));
  try {
    const status = statFd(pinned);
    if ((status.mode & S_IFMT) !== S_IFREG) {
      throw new EstibaError("invalid", {
        reason: "host.not_a_file",
        what: `${quote(path)} in the root is not a regular file`,
      });
    }
    if (status.sizeBytes > limits.maxBytes) throw tooLong(path, limits.maxBytes);
    const fd = must(
      `cannot read ${quote(path)} in the root`,
      "openat",
      AT_FDCWD,
      fdPath(pinned),
      O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
    );
    try {
      return readWhole(fd, path, { sizeBytes: status.sizeBytes, maxBytes: limits.maxBytes });
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(pinned);
  }
}

/**
 * Makes the folder `path` and what is missing above it (root's, with exactly `mode`), following links only inside the root, dangling
 * ones too. What exists is left as it is. Throws `conflict` where something that is not a folder is in the way.
 */
export function mkdirInRoot(rootFd: number, path: string, mode: number): void {
  closeSync(openMadeFolder(rootFd, path, mode));
}

/**
 * Makes sure that `path` exists and is no folder: a missing file is made empty with exactly `mode`, missing folders above it with 0755.
 * Gives a descriptor by which it is told where it is, for nothing else; the caller closes it. Used as the target of a bind mount of a file.
 * Throws `conflict` where a folder has that name.
 */
export function openMadeFile(rootFd: number, path: string, mode: number): number {
  const found = tryOpenInRoot(rootFd, path, O_PATH);
  if (found >= 0) {
    if ((statFd(found).mode & S_IFMT) !== S_IFDIR) return found;
    closeSync(found);
    throw inTheWay(path, "a folder");
  }
  if (found !== -ERRNO.ENOENT) throw inRootError(-found, `cannot open ${quote(path)} in the root`);
  const target = resolveLast(rootFd, path);
  const parent = openMadeFolder(rootFd, target.parent, 0o755);
  try {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const fd = syscall("openat", parent, target.name, flags, mode);
    if (fd === -ERRNO.EEXIST) return openInRoot(rootFd, path, O_PATH);
    if (fd < 0) throw inRootError(-fd, `cannot make ${quote(path)} in the root`);
    try {
      fchmodSync(fd, mode);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    return fd;
  } finally {
    closeSync(parent);
  }
}

/** Like {@link openInRoot}, but gives minus errno instead of throwing. */
export function tryOpenInRoot(rootFd: number, path: string, flags: number, mode = 0): number {
  if (path.includes("\0")) {
    throw new EstibaError("invalid", { reason: "host.bad_path", what: `the path ${quote(path)} holds a NUL byte` });
  }
  return openat2(rootFd, path === "" ? "." : path, { flags, mode, resolve: RESOLVE.IN_ROOT | RESOLVE.NO_MAGICLINKS });
}

/** {@link mkdirInRoot}, with a descriptor (O_PATH) of the folder, which the caller closes. */
export function openMadeFolder(rootFd: number, path: string, mode: number): number {
  // Walks with `done` free of links, so `..` may be taken off its end; every step is looked up again from the root by the kernel.
  const whole = tryOpenInRoot(rootFd, path, O_PATH | O_DIRECTORY);
  if (whole >= 0) return whole;
  let done: string[] = [];
  let pending = components(path);
  for (let links = 0; pending.length > 0; ) {
    const name = pending.shift() ?? "";
    if (name === "..") {
      done.pop();
      continue;
    }
    const link = stepInto(rootFd, { done, name, path, mode });
    if (link === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw inRootError(ERRNO.ELOOP, `cannot make the folder ${quote(path)} in the root`);
    if (link.startsWith("/")) done = [];
    pending = [...components(link), ...pending];
  }
  return openInRoot(rootFd, done.join("/"), O_PATH | O_DIRECTORY);
}

/** Makes or accepts one folder; gives the target where the name is a link. */
function stepInto(
  rootFd: number,
  step: { done: string[]; name: string; path: string; mode: number },
): string | undefined {
  const here = [...step.done, step.name].join("/");
  let fd = tryOpenInRoot(rootFd, here, O_PATH | O_NOFOLLOW);
  if (fd === -ERRNO.ENOENT) {
    if (makeOne(rootFd, step)) return undefined;
    fd = tryOpenInRoot(rootFd, here, O_PATH | O_NOFOLLOW);
  }
  if (fd < 0) throw inRootError(-fd, `cannot make the folder ${quote(step.path)} in the root`);
  try {
    const type = statFd(fd).mode & S_IFMT;
    if (type === S_IFDIR) return undefined;
    if (type === S_IFLNK) return readLink(fd);
    throw inTheWay(step.path, `${quote(here)}, which is not a folder`);
  } finally {
    closeSync(fd);
  }
}

function makeOne(rootFd: number, step: { done: string[]; name: string; path: string; mode: number }): boolean {
  const parent = openInRoot(rootFd, step.done.join("/"), O_PATH | O_DIRECTORY);
  try {
    return makeFolderAt(parent, step.name, step.mode, step.path);
  } finally {
    closeSync(parent);
  }
}

/**
 * Makes the folder `name`, a single component, with exactly `mode` in an open folder of a root; false where there is something of that
 * name. Follows no link. `path` is what an error calls it.
 */
export function makeFolderAt(parent: number, name: string, mode: number, path: string = name): boolean {
  const made = syscall("mkdirat", parent, name, mode);
  if (made === -ERRNO.EEXIST) return false;
  if (made < 0) throw inRootError(-made, `cannot make the folder ${quote(path)} in the root`);
  // mkdir takes the umask off; the mode asked for is exact.
  const fd = syscall("openat", parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) throw inRootError(-fd, `cannot make the folder ${quote(path)} in the root`);
  try {
    fchmodSync(fd, mode);
  } finally {
    closeSync(fd);
  }
  return true;
}

/**
 * The folder (inside the root) and the name where `path` ends after following links as its last component; there need be nothing of that
 * name. Throws `conflict` for the root itself.
 */
export function resolveLast(rootFd: number, path: string): { parent: string; name: string } {
  let names = components(path);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const name = names.at(-1);
    if (name === undefined || name === "..") throw inTheWay(path, "a folder");
    const parent = names.slice(0, -1);
    const fd = tryOpenInRoot(rootFd, names.join("/"), O_PATH | O_NOFOLLOW);
    if (fd === -ERRNO.ENOENT) return { parent: parent.join("/"), name };
    if (fd < 0) throw inRootError(-fd, `cannot make ${quote(path)} in the root`);
    try {
      if ((statFd(fd).mode & S_IFMT) !== S_IFLNK) return { parent: parent.join("/"), name };
      const link = readLink(fd);
      names = link.startsWith("/") ? components(link) : [...parent, ...components(link)];
    } finally {
      closeSync(fd);
    }
  }
  throw inRootError(ERRNO.ELOOP, `cannot make ${quote(path)} in the root`);
}

/** What a link, opened without following it, says. */
export function readLink(fd: number): string {
  const buffer = new Uint8Array(4096);
  const length = must("cannot read a link", "readlinkat", fd, "", buffer, buffer.length);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

function readWhole(fd: number, path: string, size: { sizeBytes: number; maxBytes: number }): Uint8Array<ArrayBuffer> {
  let buffer = new Uint8Array(size.sizeBytes + 1);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, null);
    length += count;
    if (length > size.maxBytes) throw tooLong(path, size.maxBytes);
    if (count === 0) return buffer.slice(0, length);
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
  }
}

function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function quote(path: string): string {
  return JSON.stringify(printable(path));
}

function inRootError(errno: number, what: string): EstibaError {
  if (errno === ERRNO.ELOOP)
    return new EstibaError("invalid", { reason: "host.eloop", what: `${what}: too many links`, details: { errno } });
  if (errno === ERRNO.ENOTDIR)
    return new EstibaError("invalid", { reason: "host.enotdir", what: `${what}: not a folder`, details: { errno } });
  return errnoError(errno, what);
}

function inTheWay(path: string, obstacle: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "host.in_the_way",
    what: `cannot make ${quote(path)} in the root: ${obstacle} is in the way`,
  });
}

function tooLong(path: string, maxBytes: number): EstibaError {
  return new EstibaError("invalid", {
    reason: "host.file_too_long",
    what: `${quote(path)} in the root is longer than ${maxBytes} bytes`,
  });
}
