import { chmodSync, closeSync, constants, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { O_CLOEXEC, O_PATH, tryOpenInRoot } from "../host/openat.ts";
import { statPath } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { copyAttributes, copyFolder, isEmptyFolder, listNames } from "./copy-tree.ts";
import { removeTree } from "./remove-tree.ts";

const DATA = "_data";
const COPYING = "copying";
const LOCK_EX_NB = 2 | 4;
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

/** Deletes a volume's data. Its record is gone before. False where there was none. Throws `invalid` for a bad name. */
export function removeVolumeFolder(root: string, name: string): boolean {
  return removeTree(volumePath(root, name));
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
 * nowhere else. No folder there, or a volume with content: nothing happens. It is copied beside the volume and moved in when complete, so
 * a killed process leaves the volume empty; of two at once one waits. `volumeData` is a path of {@link volumeFolder}. True when it
 * copied. Throws `timeout` and by errno.
 */
export function copyUp(rootFd: number, path: string, volumeData: string): boolean {
  if (!isEmptyFolder(volumeData)) return false;
  const source = tryOpenInRoot(rootFd, path, O_PATH | constants.O_DIRECTORY);
  if (source === -ERRNO.ENOENT || source === -ERRNO.ENOTDIR) return false;
  if (source < 0) throw errnoError(-source, `cannot open ${JSON.stringify(path)} in the root`);
  const volume = openFolder(dirname(volumeData));
  try {
    waitForLock(volume, volumeData);
    return isEmptyFolder(volumeData) && copyBeside(source, volumeData);
  } finally {
    closeSync(volume);
    closeSync(source);
  }
}

function copyBeside(source: number, volumeData: string): boolean {
  const copying = join(dirname(volumeData), COPYING);
  // Another's that was killed: it held the lock that is ours now.
  removeTree(copying);
  mkdirSync(copying, { mode: 0o700 });
  const staged = openFolder(copying);
  const target = openFolder(volumeData);
  try {
    copyFolder(source, staged);
    const what = "cannot move a copy into its volume";
    // One by one: the volume's own folder may be mounted already and must stay the same.
    for (const name of listNames(staged)) {
      const bytes = Buffer.from(`${name}\0`, "latin1");
      must(what, "renameat2", staged, bytes, target, bytes, 1);
    }
    copyAttributes(source, target);
  } finally {
    closeSync(target);
    closeSync(staged);
    removeTree(copying);
  }
  return true;
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
