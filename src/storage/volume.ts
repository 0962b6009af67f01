import { chmodSync, closeSync, constants, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { folderNames } from "../host/folder-names.ts";
import { isMountPoint, unmountDetached } from "../host/mount.ts";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { tryOpenInRoot } from "../host/openat.ts";
import { statPath } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { copyAttributes, copyFolder, listNames } from "./copy-tree.ts";
import { removeTree } from "./remove-tree.ts";

const DATA = "_data";
const COPYING = "copying";
const COPIED = "copied";
const COPYING_INSIDE = ".estiba-copying";
const COPIED_INSIDE = ".estiba-copied";
const LOCK_EX_NB = 2 | 4;
const RENAME_NOREPLACE = 1;
const LOCK_POLL_MS = 5;
const LOCK_TIMEOUT_MS = 120_000;

/** The path of a volume's data, made where it is missing (root's, 0755, under folders that only root enters). Throws `invalid`. */
export function volumeFolder(root: string, name: string): string {
  const data = join(volumePath(root, name), DATA);
  if (statPath(data) !== undefined) return data;
  mkdirSync(dirname(data), { recursive: true, mode: 0o700 });
  try {
    mkdirSync(data);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return data;
    throw error;
  }
  chmodSync(data, 0o755);
  return data;
}

/**
 * Unmounts what a volume's device shows, and deletes the volume's data. Its record is gone or condemned before. False where there was none.
 * Throws `invalid` for a bad name, `in_use` for something else that is mounted in it.
 */
export function removeVolumeFolder(root: string, name: string): boolean {
  const folder = volumePath(root, name);
  while (unmountDetached(join(folder, DATA)));
  return removeTree(folder);
}

/** The names of the volumes that have a folder, whether or not they have a record. */
export function listVolumeFolders(root: string): string[] {
  try {
    return readdirSync(join(root, "volumes")).toSorted();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

/**
 * Fills a volume that is empty with what the container's root has at `path`: content, owners, modes, times, extended attributes, links;
 * the volume's own folder takes the attributes of that folder. `rootFd` is the root before the volume is mounted over it; links lead
 * nowhere else. It is copied beside the volume (inside it, where something is mounted at it) and moved in when complete: a killed process
 * leaves the volume empty, or complete but for a move that the next use goes on with. Of two at once one waits. `volumeData` is a path of
 * {@link volumeFolder}. Tells whether it copied, and if not, why. Throws `timeout` and by errno.
 */
export function copyUp(rootFd: number, path: string, volumeData: string): "copied" | "not empty" | "no folder" {
  if (!isEmpty(volumeData)) {
    finishMove(volumeData);
    return "not empty";
  }
  const source = tryOpenInRoot(rootFd, path, O_PATH | constants.O_DIRECTORY);
  if (source === -ERRNO.ENOENT || source === -ERRNO.ENOTDIR) return "no folder";
  if (source < 0) throw errnoError(-source, `cannot open ${JSON.stringify(path)} in the root`);
  const volume = openFolder(dirname(volumeData));
  try {
    waitForLock(volume, volumeData);
    if (!isEmpty(volumeData)) return "not empty";
    copyBeside(source, volumeData);
    return "copied";
  } finally {
    closeSync(volume);
    closeSync(source);
  }
}

/** Whether a volume's folder is as {@link volumeFolder} made it: empty, root's, 0755. */
export function isUntouched(volumeData: string): boolean {
  const status = statPath(volumeData);
  return (
    status?.uid === 0 && status.gid === 0 && (status.mode & 0o7777) === 0o755 && folderNames(volumeData).length === 0
  );
}

/** Whether a copy into the volume was cut off, and nobody goes on with it. */
export function isCopyCutOff(root: string, name: string): boolean {
  const data = join(volumePath(root, name), DATA);
  const isThere = (): boolean => Object.values(stages(data)).some((path) => statPath(path) !== undefined);
  if (!isThere()) return false;
  const volume = openFolder(dirname(data));
  try {
    return syscall("flock", volume, LOCK_EX_NB) >= 0 && isThere();
  } finally {
    closeSync(volume);
  }
}

/** Ends a copy that was cut off: what was complete is moved in, a mere beginning goes. Throws `timeout` while another copies. */
export function mendCopy(root: string, name: string): void {
  const data = join(volumePath(root, name), DATA);
  finishMove(data);
  const volume = openFolder(dirname(data));
  try {
    waitForLock(volume, data);
    removeTree(stages(data).copying);
  } finally {
    closeSync(volume);
  }
}

// A folder that is being copied, and one that is complete and being moved. Nothing is renamed from one file system to another.
function stages(volumeData: string): { copying: string; copied: string } {
  return isMountPoint(volumeData)
    ? { copying: join(volumeData, COPYING_INSIDE), copied: join(volumeData, COPIED_INSIDE) }
    : { copying: join(dirname(volumeData), COPYING), copied: join(dirname(volumeData), COPIED) };
}

function isEmpty(volumeData: string): boolean {
  return folderNames(volumeData).every((name) => name === COPYING_INSIDE);
}

function copyBeside(source: number, volumeData: string): void {
  const { copying, copied } = stages(volumeData);
  // Another's that was killed: it held the lock that is ours now.
  removeTree(copying);
  mkdirSync(copying, { mode: 0o700 });
  try {
    const staged = openFolder(copying);
    try {
      copyFolder(source, staged);
    } finally {
      closeSync(staged);
    }
    renameSync(copying, copied);
  } finally {
    removeTree(copying);
  }
  moveIn(volumeData, source);
}

/** Goes on with a move that was cut off; nothing happens where there is none. */
function finishMove(volumeData: string): void {
  const { copied } = stages(volumeData);
  if (statPath(copied) === undefined) return;
  const volume = openFolder(dirname(volumeData));
  try {
    waitForLock(volume, volumeData);
    if (statPath(copied) !== undefined) moveIn(volumeData);
  } finally {
    closeSync(volume);
  }
}

/** Moves a complete copy in. The caller holds the lock. `source` gives the time that moving changes. */
function moveIn(volumeData: string, source?: number): void {
  const { copied } = stages(volumeData);
  const staged = openFolder(copied);
  const target = openFolder(volumeData);
  try {
    const what = "cannot move a copy into its volume";
    copyAttributes(staged, target);
    // One by one: the volume's own folder may be mounted already and must stay the same.
    for (const name of listNames(staged)) {
      const bytes = Buffer.from(`${name}\0`, "latin1");
      const moved = syscall("renameat2", staged, bytes, target, bytes, RENAME_NOREPLACE);
      // A container that had the volume already has made something of that name meanwhile, and keeps it.
      if (moved < 0 && moved !== -ERRNO.EEXIST) throw errnoError(-moved, what);
    }
    if (source !== undefined) copyAttributes(source, target);
  } finally {
    closeSync(target);
    closeSync(staged);
  }
  removeTree(copied);
  // That was a change of the folder, where it is inside.
  if (source === undefined || !isMountPoint(volumeData)) return;
  const mounted = openFolder(volumeData);
  copyAttributes(source, mounted);
  closeSync(mounted);
}

function openFolder(path: string): number {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
  return must(`cannot open ${JSON.stringify(path)}`, "openat", AT_FDCWD, path, flags);
}

// Only another process can hold it: this one copies without a pause. So waiting here does not keep the holder from its end.
function waitForLock(fd: number, volumeData: string): void {
  const deadline = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const result = syscall("flock", fd, LOCK_EX_NB);
    if (result >= 0) return;
    if (result !== -ERRNO.EAGAIN && result !== -ERRNO.EINTR) throw errnoError(-result, "cannot lock a volume");
    if (performance.now() > deadline) {
      throw new EstibaError("timeout", {
        reason: "storage.volume_busy",
        what: `another command has been filling the volume at ${volumeData} for too long`,
        retryable: true,
      });
    }
    Bun.sleepSync(LOCK_POLL_MS);
  }
}

function volumePath(root: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/.test(name)) {
    throw new EstibaError("invalid", {
      reason: "storage.bad_volume_name",
      what: `not a name of a volume: ${JSON.stringify(name)}`,
      fix: "use letters, digits, and _ . - after the first character",
    });
  }
  return join(root, "volumes", name);
}
