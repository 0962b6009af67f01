import { closeSync, constants, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { ERRNO, errnoError, must } from "../host/errno.ts";
import { O_PATH } from "../host/open-flags.ts";
import { fdPath, makeFolderAt, mkdirInRoot, openMadeFile, openMadeFolder, tryOpenInRoot } from "../host/openat.ts";
import { EstibaError } from "../lib/error.ts";

const { O_DIRECTORY, O_NOFOLLOW } = constants;

/** The folders that runtimes mount over: a link there could send a runtime's mount, or its masks, to the host. */
const REAL_FOLDERS = ["dev", "proc", "sys"];

/**
 * Makes /dev, /proc and /sys real folders of the container's root: what the image has there instead is taken away, in the container's
 * own layer. Before any runtime is called.
 */
export function makeRealFolders(rootFd: number): void {
  for (const name of REAL_FOLDERS) {
    const folder = tryOpenInRoot(rootFd, name, O_PATH | O_NOFOLLOW | O_DIRECTORY);
    if (folder >= 0) {
      closeSync(folder);
      continue;
    }
    if (folder === -ERRNO.ENOTDIR)
      must(`cannot take away the image's /${name}, which is no folder`, "unlinkat", rootFd, name, 0);
    else if (folder !== -ERRNO.ENOENT) throw errnoError(-folder, `cannot look at the image's /${name}`);
    if (!makeFolderAt(rootFd, name, 0o755)) throw errnoError(ERRNO.EEXIST, `cannot make /${name} in the root`);
  }
}

/**
 * Makes sure that a mount target exists inside the root, as a folder or as a file, and gives the path it really has there, links
 * resolved inside the root: no runtime needs to follow one. A folder made here gets `mode`.
 */
export function prepareTarget(rootFd: number, target: string, kind: "folder" | "file", mode = 0o755): string {
  if (kind === "file") return realPath(rootFd, openMadeFile(rootFd, target, 0o644));
  mkdirInRoot(rootFd, dirname(target), 0o755);
  return realPath(rootFd, openMadeFolder(rootFd, target, mode));
}

/** Makes the working folder where it is missing. Throws `invalid` for one that leads to a process's descriptors or root. */
export function prepareWorkdir(rootFd: number, cwd: string): void {
  if (/^\/proc\/[^/]+\//.test(cwd)) throw refusedWorkdir(cwd);
  if (cwd === "/") return;
  const real = realPath(rootFd, openMadeFolder(rootFd, cwd, 0o755));
  if (/^\/proc\/[^/]+\//.test(`${real}/`)) throw refusedWorkdir(cwd);
}

function refusedWorkdir(cwd: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "runtime.workdir_in_proc",
    what: `the working folder "${cwd}" lies in a process's own entries of /proc`,
    fix: "choose another one with --workdir",
  });
}

/** Where an open file of the root is, seen from there. Closes it. */
function realPath(rootFd: number, fd: number): string {
  try {
    const root = readlinkSync(fdPath(rootFd));
    const real = readlinkSync(fdPath(fd));
    // A root that is mounted nowhere begins with itself.
    if (root === "/") return real;
    return real === root ? "/" : real.slice(root.length);
  } finally {
    closeSync(fd);
  }
}
