import { closeSync, constants } from "node:fs";
import { O_CLOEXEC, O_PATH } from "../host/open-flags.ts";
import { type FileStatus, S_IFDIR, S_IFMT, statAt } from "../host/statx.ts";
import { AT_FDCWD, syscall } from "../host/syscall.ts";
import { isEstibaError } from "../lib/error.ts";
import { kernelName } from "./byte-path.ts";
import { listNames } from "./copy-tree.ts";

const FLAGS = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC;
const BLOCK_BYTES = 512;
/** A process has only so many descriptors; what is nested deeper is not counted. */
const MAX_DEPTH = 500;

/**
 * The bytes of data in a folder: holes not counted, a file with several names once, nothing of other file systems mounted in it. Links are not
 * followed; what disappears meanwhile counts nothing. 0 for a folder that is not there.
 */
export function treeSize(path: string): number {
  const fd = syscall("openat", AT_FDCWD, path, FLAGS);
  if (fd < 0) return 0;
  try {
    const device = deviceOf(statAt(fd, "."));
    return folderSize(fd, { device, counted: new Set() }, 0);
  } finally {
    closeSync(fd);
  }
}

type Walk = { readonly device: string; readonly counted: Set<string> };

function folderSize(fd: number, walk: Walk, depth: number): number {
  let bytes = 0;
  for (const name of namesOf(fd)) {
    const status = statAt(fd, kernelName(name));
    if (status === undefined) continue;
    if ((status.mode & S_IFMT) !== S_IFDIR) bytes += fileSize(status, walk.counted);
    else if (deviceOf(status) === walk.device && depth < MAX_DEPTH) bytes += innerSize(fd, name, walk, depth);
  }
  return bytes;
}

function innerSize(fd: number, name: string, walk: Walk, depth: number): number {
  const inner = syscall("openat", fd, kernelName(name), FLAGS);
  if (inner < 0) return 0;
  try {
    return folderSize(inner, walk, depth + 1);
  } finally {
    closeSync(inner);
  }
}

function fileSize({ links, identity, sizeBytes, blocks }: FileStatus, counted: Set<string>): number {
  if (links > 1) {
    if (counted.has(identity)) return 0;
    counted.add(identity);
  }
  return Math.min(sizeBytes, blocks * BLOCK_BYTES);
}

function namesOf(fd: number): string[] {
  try {
    return listNames(fd);
  } catch (error) {
    // Deleted since it was opened.
    if (isEstibaError(error, "not_found")) return [];
    throw error;
  }
}

function deviceOf(status: FileStatus | undefined): string {
  return status?.identity.slice(0, status.identity.lastIndexOf(":")) ?? "";
}
