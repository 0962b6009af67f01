import { closeSync, constants, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { O_CLOEXEC, O_PATH } from "./openat.ts";
import { standInOwnNetwork } from "./rootless/own-network.ts";
import { syscall } from "./syscall.ts";

/** The value of a sysctl by its path below /proc/sys, of the calling thread's network namespace; undefined when there is none. */
export function readSysctl(path: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${path}`, "utf8").trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/**
 * Gives a sysctl its value unless it has it already. False when this kernel has no such sysctl. Throws `denied` where /proc/sys cannot be
 * written, because what depends on it would fail later without a word.
 */
export function writeSysctl(path: string, value: string): boolean {
  if (path.startsWith("net/")) standInOwnNetwork();
  const present = readSysctl(path);
  if (present === undefined || present === value) return present !== undefined;
  try {
    writeFileSync(`/proc/sys/${path}`, value);
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

/**
 * Gives sysctls of one folder below /proc/sys their values, whatever they are. The kernel compares a name below /proc/sys/net with the same
 * name of every other network namespace that has it in use: with hundreds of containers that is what making a namespace costs, so each name
 * on the way is looked up once. Nothing happens where this kernel has no such folder. Throws as {@link writeSysctl}.
 */
export function writeSysctls(folder: string, values: Readonly<Record<string, string>>): void {
  const folderFd = openFolder(`/proc/sys/${folder}`);
  if (folderFd === undefined) return;
  try {
    for (const [name, value] of Object.entries(values)) {
      const fd = syscall("openat", folderFd, name, constants.O_WRONLY | O_CLOEXEC);
      // Read-only, or not there: the usual way tells which, and whether that matters.
      if (fd < 0) {
        writeSysctl(`${folder}/${name}`, value);
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

function openFolder(path: string): number | undefined {
  try {
    return openSync(path, O_PATH | constants.O_DIRECTORY | O_CLOEXEC);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
