import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { ERRNO, errnoError } from "./errno.ts";
import { syscallInside } from "./namespace.ts";
import { O_CLOEXEC, O_PATH } from "./open-flags.ts";
import { fdPath } from "./openat.ts";
import { standInOwnNetwork } from "./rootless/own-network.ts";
import { AT_FDCWD, syscall } from "./syscall.ts";

/** The value of a sysctl by its path below /proc/sys, of the calling thread's network namespace; undefined when there is none. */
export function readSysctl(path: string): string | undefined {
  return readValue(`/proc/sys/${path}`);
}

/**
 * Gives a sysctl its value unless it has it already, in the network namespace of the calling thread or in the one named by a descriptor. False
 * when this kernel has no such sysctl. Throws `denied` where /proc/sys cannot be written, because what depends on it would fail later
 * without a word.
 */
export function writeSysctl(path: string, value: string, netnsFd?: number): boolean {
  if (path.startsWith("net/")) standInOwnNetwork();
  if (netnsFd === undefined) return writeValue(`/proc/sys/${path}`, path, value);
  const fd = openInside(netnsFd, `/proc/sys/${path}`, O_PATH);
  if (fd === undefined) return false;
  try {
    return writeValue(fdPath(fd), path, value);
  } finally {
    closeSync(fd);
  }
}

/**
 * Gives sysctls of one folder below /proc/sys their values, whatever they are; in a network namespace as {@link writeSysctl}. The kernel
 * compares a name below /proc/sys/net with the same name of every other network namespace that has it in use: with hundreds of containers
 * that is what making a namespace costs, so each name on the way is looked up once. Nothing happens where this kernel has no such folder.
 * Throws as {@link writeSysctl}.
 */
export function writeSysctls(folder: string, values: Readonly<Record<string, string>>, netnsFd?: number): void {
  const folderFd = openFolder(`/proc/sys/${folder}`, netnsFd);
  if (folderFd === undefined) return;
  try {
    for (const [name, value] of Object.entries(values)) {
      // The folder is its namespace's, and so are the files in it, whoever opens them.
      const fd = syscall("openat", folderFd, name, constants.O_WRONLY | O_CLOEXEC);
      // Read-only, or not there: the usual way tells which, and whether that matters.
      if (fd < 0) {
        writeSysctl(`${folder}/${name}`, value, netnsFd);
        continue;
      }
      try {
        writeSync(fd, value);
      } finally {
        closeSync(fd);
      }
    }
  } finally {
    closeSync(folderFd);
  }
}

function readValue(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

function writeValue(file: string, path: string, value: string): boolean {
  const present = readValue(file);
  if (present === undefined || present === value) return present !== undefined;
  try {
    writeFileSync(file, value);
    return true;
  } catch (error) {
    if (!isErrno(error, "EROFS") && !isErrno(error, "EACCES") && !isErrno(error, "EPERM")) throw error;
    const name = path.replaceAll("/", ".");
    throw new EstibaError("denied", {
      reason: "host.sysctl_read_only",
      what: `cannot set the sysctl ${name} from ${present} to ${value}`,
      cause: error,
      fix: `set it where /proc/sys is writable: sysctl -w ${name}=${value}`,
    });
  }
}

function openFolder(path: string, netnsFd: number | undefined): number | undefined {
  if (netnsFd !== undefined) return openInside(netnsFd, path, O_PATH | constants.O_DIRECTORY);
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function openInside(netnsFd: number, path: string, flags: number): number | undefined {
  const fd = syscallInside(netnsFd, "openat", AT_FDCWD, path, flags | O_CLOEXEC);
  if (fd === -ERRNO.ENOENT) return undefined;
  if (fd < 0) throw errnoError(-fd, `opening ${path}`);
  return fd;
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
