import { readFileSync, writeFileSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";

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

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
