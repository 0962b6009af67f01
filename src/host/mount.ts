import { closeSync, constants, readFileSync, readSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { ERRNO, errnoError, must } from "./errno.ts";
import { kernelIsBefore } from "./kernel-version.ts";
import { O_CLOEXEC, O_PATH } from "./open-flags.ts";
import { IN_USER_NAMESPACE } from "./own-ids.ts";
import { statPath } from "./statx.ts";
import { AT_FDCWD, type Call, type SyscallArgument, syscall } from "./syscall.ts";

/** Mount flags of mount(2). */
export const MS = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  REMOUNT: 0x20,
  BIND: 0x1000,
  REC: 0x4000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
} as const;

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG = { SET_FLAG: 0, SET_STRING: 1, CMD_CREATE: 6 } as const;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const MOVE_MOUNT_T_SYMLINKS = 0x10;
const OPEN_TREE_CLONE = 1;
const AT_RECURSIVE = 0x8000;
const AT_EMPTY_PATH = 0x1000;
const MOUNT_ATTR = { RDONLY: 1n, NOSUID: 2n, NODEV: 4n, NOEXEC: 8n, IDMAP: 0x100000n } as const;
const FLAGS = { nosuid: MOUNT_ATTR.NOSUID, nodev: MOUNT_ATTR.NODEV, noexec: MOUNT_ATTR.NOEXEC } as const;
// mount(2) copies one page of options.
const MAX_OPTIONS_BYTES = 4095;

// An overlay of a user namespace keeps its marks where its root may write them.
const OWN_OPTIONS: readonly string[] = IN_USER_NAMESPACE ? ["userxattr"] : [];

type OverlayMount = {
  /** Where it appears; the folder exists. */
  target: string;
  /** Read-only folders, topmost first; at least one. */
  lowers: readonly string[];
  /** Without it, nothing can be written. */
  upper?: string;
  work?: string;
  /** Further options, each `name=value` or `name`. */
  options: readonly string[];
  /** Called once the kernel holds the layers, before the whole appears; not by kernels before Linux 6.5. */
  opened?: () => void;
};

/**
 * Mounts an overlay file system. Up to 500 lower folders where the kernel takes them one by one (Linux 6.5), else as many as one page of
 * options holds (about 240). Throws `unsupported` for more, and the errno's code with the kernel's own words for what it refuses.
 */
export function mountOverlay(mount: OverlayMount): void {
  const mounted = createOverlay(mount);
  if (mounted === undefined) return mountOverlayClassic(mount);
  try {
    mount.opened?.();
    attach(mounted, mount.target);
  } finally {
    closeSync(mounted);
  }
}

/** Mounts a tree that is attached nowhere yet (of {@link cloneTree}) over `target`. Throws by errno. */
export function attachTree(tree: number, target: string): void {
  attach(tree, target);
}

/**
 * Like {@link mountOverlay}, but attached nowhere: a close-on-exec descriptor of its root, which the caller closes; nothing of it outlives
 * the process. Where the kernel cannot, it is at `target` for a moment, which must be no mount point.
 */
export function openOverlay(mount: OverlayMount): number {
  const mounted = createOverlay(mount);
  if (mounted !== undefined) return mounted;
  mountOverlayClassic(mount);
  try {
    const flags = O_PATH | constants.O_DIRECTORY | O_CLOEXEC;
    return must(overlayStep(mount), "openat", AT_FDCWD, mount.target, flags);
  } finally {
    unmountDetached(mount.target);
  }
}

/** The overlay, not attached yet; undefined where the kernel does not know this way (before Linux 6.5). */
function createOverlay(mount: OverlayMount): number | undefined {
  // An older kernel takes `lowerdir+` at first, and refuses the whole only when the mount is made.
  if (kernelIsBefore(6, 5)) return undefined;
  const context = syscall("fsopen", "overlay", FSOPEN_CLOEXEC);
  if (context === -ERRNO.ENOSYS) return undefined;
  if (context < 0) throw errnoError(-context, "cannot mount an overlay");
  try {
    if (!configureLowers(context, mount)) return undefined;
    if (mount.upper !== undefined) {
      configure(context, mount, FSCONFIG.SET_STRING, "upperdir", escaped(mount.upper));
      configure(context, mount, FSCONFIG.SET_STRING, "workdir", escaped(mount.work ?? ""));
    }
    for (const option of [...mount.options, ...OWN_OPTIONS]) {
      const [name = "", value] = option.split("=", 2);
      if (value === undefined) configure(context, mount, FSCONFIG.SET_FLAG, name, null);
      else configure(context, mount, FSCONFIG.SET_STRING, name, value);
    }
    configure(context, mount, FSCONFIG.CMD_CREATE, null, null);
    return must(overlayStep(mount), "fsmount", context, FSMOUNT_CLOEXEC, 0);
  } finally {
    closeSync(context);
  }
}

type BindMount = {
  /** Bring the mounts below the source along. */
  recursive?: boolean;
  /** The mount, and those below it where recursive, cannot be written. */
  readOnly?: boolean;
  /** Of nosuid, nodev and noexec, for the mount itself; others are passed over. */
  flags?: readonly string[];
  /**
   * A user namespace (src/host/user-namespace.ts) by whose mapping owners are seen: a file of the id INSIDE on disk appears as OUTSIDE, and
   * what OUTSIDE makes is INSIDE's on disk.
   */
  idmap?: number | undefined;
};

/**
 * Mounts what `source` names over `target`, both existing, both a folder or both a file. A read-only one is read-only before it appears.
 * Either may be a path of {@link fdPath}. Throws by errno; `unsupported` (`host.no_idmap`) where the file system cannot be idmapped.
 */
export function bindMount(source: string, target: string, options: BindMount = {}): void {
  const tree = cloneTree(source, options);
  try {
    attach(tree, target);
  } finally {
    closeSync(tree);
  }
}

/**
 * Like {@link bindMount}, but the copy of the mount is attached nowhere yet: a close-on-exec descriptor, which the caller closes. As long
 * as it is open, what lies below is reached by {@link fdPath}.
 */
export function cloneTree(source: string, options: BindMount = {}): number {
  const what = `cannot bind ${JSON.stringify(source)}`;
  const recursive = options.recursive === true;
  const tree = must(what, ...cloneTreeCall(source, recursive));
  try {
    if (options.readOnly === true) setTreeAttributes(tree, what, { set: MOUNT_ATTR.RDONLY, recursive });
    const flags = flagsOf(options.flags ?? []);
    if (flags !== 0n) setTreeAttributes(tree, what, { set: flags, recursive: false });
    if (options.idmap !== undefined) idmapMount(tree, options.idmap, recursive);
    return tree;
  } catch (error) {
    closeSync(tree);
    throw error;
  }
}

function flagsOf(options: readonly string[]): bigint {
  return Object.entries(FLAGS).reduce((set, [name, flag]) => (options.includes(name) ? set | flag : set), 0n);
}

/** The call of {@link cloneTree}, for who makes it elsewhere. */
export function cloneTreeCall(source: string, recursive = false): Call {
  return ["open_tree", AT_FDCWD, source, OPEN_TREE_CLONE | O_CLOEXEC | (recursive ? AT_RECURSIVE : 0)];
}

/**
 * Makes a mount that is attached nowhere yet (of {@link cloneTree}) an idmapped one (mount_setattr(2), MOUNT_ATTR_IDMAP). Throws
 * `unsupported` (`host.no_idmap`) where its file system or the kernel cannot.
 */
function idmapMount(treeFd: number, usernsFd: number, recursive = false): void {
  const attributes = new BigUint64Array([MOUNT_ATTR.IDMAP, 0n, 0n, BigInt(usernsFd)]);
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const result = syscall("mount_setattr", treeFd, "", flags, attributes, 32);
  if (result === 0) return;
  if (result !== -ERRNO.EINVAL && result !== -ERRNO.ENOSYS) throw errnoError(-result, "cannot map the ids of a mount");
  throw new EstibaError("unsupported", {
    reason: "host.no_idmap",
    what: "this file system or kernel has no mounts with mapped ids",
    fix: "keep it on ext4, xfs, btrfs or tmpfs under Linux 6.3 or later, or leave the mapping out",
  });
}

function setTreeAttributes(tree: number, what: string, { set, recursive }: { set: bigint; recursive: boolean }): void {
  const attributes = new BigUint64Array([set, 0n, 0n, 0n]);
  must(what, "mount_setattr", tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), attributes, 32);
}

type FileSystemMount = { type: string; source: string; target: string; flags?: number; data?: string };

/** mount(2): a file system of `type` at `target`. Flags are {@link MS} bits. Throws by errno. */
export function mountFileSystem(mount: FileSystemMount): void {
  const what = `cannot mount ${mount.type} at ${JSON.stringify(mount.target)}`;
  must(what, "mount", mount.source, mount.target, mount.type, mount.flags ?? 0, mount.data ?? null);
}

/** Sets how mounts and unmounts at `target` travel: {@link MS} PRIVATE, SLAVE or SHARED, with REC for all below it. */
export function setPropagation(target: string, flags: number): void {
  must(`cannot change the propagation of ${JSON.stringify(target)}`, "mount", null, target, null, flags, null);
}

/** Unmounts `path`, never through a link. Throws `in_use` while it is busy. False where nothing is mounted there, or nothing is there. */
export function unmount(path: string): boolean {
  return unmountWith(path, UMOUNT_NOFOLLOW);
}

/**
 * Takes the mount at `path`, with all below it, out of sight at once; the kernel frees it when its last user is gone. Never follows a
 * link. False where nothing is mounted there, or nothing is there.
 */
export function unmountDetached(path: string): boolean {
  return unmountWith(path, UMOUNT_NOFOLLOW | MNT_DETACH);
}

/** True when something is mounted exactly at `path`; a link is not followed. False for what does not exist. */
export function isMountPoint(path: string): boolean {
  const status = statPath(path);
  if (status === undefined) return false;
  return status.mountRoot ?? listMountPoints().includes(path);
}

/** The mount points of this mount namespace, oldest first, a path once per mount on it. */
export function listMountPoints(): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return lines.map((line) => unescapeMountPath(line.split(" ")[4] ?? ""));
}

/** A path of mountinfo as it is: space, tab, newline and backslash appear there as three octal digits (proc(5)). */
export function unescapeMountPath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function unmountWith(path: string, flags: number): boolean {
  const result = syscall("umount2", path, flags);
  if (result === 0) return true;
  if (result === -ERRNO.EINVAL || result === -ERRNO.ENOENT) return false;
  throw errnoError(-result, `cannot unmount ${JSON.stringify(path)}`);
}

// The kernel takes backslashes off these two, but not off the layers.
function escaped(path: string): string {
  return path.replaceAll("\\", "\\\\");
}

function attach(tree: number, target: string): void {
  // A path of fdPath is a link of its kind; no other is followed.
  const follow = /^\/proc\/self\/fd\/\d+$/.test(target) ? MOVE_MOUNT_T_SYMLINKS : 0;
  const flags = MOVE_MOUNT_F_EMPTY_PATH | follow;
  must(`cannot mount at ${JSON.stringify(target)}`, "move_mount", tree, "", AT_FDCWD, target, flags);
}

/** False where the kernel does not know `lowerdir+`. */
function configureLowers(context: number, mount: OverlayMount): boolean {
  for (const [index, lower] of mount.lowers.entries()) {
    const result = syscall("fsconfig", context, FSCONFIG.SET_STRING, "lowerdir+", lower, 0);
    if (result >= 0) continue;
    if (index === 0 && result === -ERRNO.EINVAL) return false;
    throw refused(context, mount, result);
  }
  return true;
}

function configure(context: number, mount: OverlayMount, command: number, ...pair: [SyscallArgument, SyscallArgument]) {
  const result = syscall("fsconfig", context, command, ...pair, 0);
  if (result < 0) throw refused(context, mount, result);
}

/** The errno's error, with the lines that the kernel left in the context (`e overlay: ...`) beneath. */
function refused(context: number, mount: OverlayMount, result: number): EstibaError {
  const words: string[] = [];
  const buffer = new Uint8Array(4096);
  for (;;) {
    let length = 0;
    try {
      length = readSync(context, buffer);
    } catch (error) {
      if (hasCode(error, "ENODATA")) break;
      throw error;
    }
    if (length === 0) break;
    words.push(new TextDecoder().decode(buffer.subarray(0, length)).trim());
  }
  const failed = errnoError(-result, overlayStep(mount));
  if (words.length === 0) return failed;
  return new EstibaError(failed.code, {
    reason: failed.reason,
    what: failed.message,
    cause: new Error(words.join("; ")),
    details: failed.details,
  });
}

/**
 * The same by mount(2), for kernels without `lowerdir+`: what one page of options holds. Throws `unsupported` for more layers.
 */
export function mountOverlayClassic(mount: OverlayMount): void {
  const opened: number[] = [];
  // Short, and free of the comma, colon and backslash that have a meaning in the option string.
  const shorten = (path: string) => {
    const what = `cannot open ${JSON.stringify(path)}`;
    const fd = must(what, "openat", AT_FDCWD, path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC);
    opened.push(fd);
    return `/proc/self/fd/${fd}`;
  };
  try {
    const lowers = mount.lowers.map(shorten).join(":");
    const parts = [`lowerdir=${lowers}`];
    if (mount.upper !== undefined) parts.push(`upperdir=${shorten(mount.upper)}`);
    if (mount.work !== undefined) parts.push(`workdir=${shorten(mount.work)}`);
    const data = [...parts, ...mount.options, ...OWN_OPTIONS].join(",");
    if (data.length > MAX_OPTIONS_BYTES) {
      throw new EstibaError("unsupported", {
        reason: "host.too_many_lowers",
        what: `this kernel cannot mount an overlay of ${mount.lowers.length} layers`,
        fix: "use Linux 6.5 or later, or an image with fewer layers",
      });
    }
    mountFileSystem({ type: "overlay", source: "overlay", target: mount.target, data });
  } finally {
    for (const fd of opened) closeSync(fd);
  }
}

function overlayStep(mount: OverlayMount): string {
  return `cannot mount the overlay of ${mount.lowers.length} layers at ${JSON.stringify(mount.target)}`;
}
