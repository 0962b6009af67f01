import { closeSync, openSync } from "node:fs";
import { basename } from "node:path";
import { ERRNO, errnoError } from "../host/errno.ts";
import { syscall } from "../host/syscall.ts";

/** How a program is started from a file that this process holds: the descriptors it gets after its stdio, and the name it has then. */
export type HeldProgram = { readonly path: string; readonly pass: readonly number[] };

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_EXEC = 16;
const F_ADD_SEALS = 1033;
/** Nobody may change the file any more, in any way. */
const ALL_SEALS = 0xf;
const FIRST_AFTER_STDIO = 3;
/** What one sendfile(2) copies at most. */
const MOST_BYTES = 0x7ffff000;

const held = new Map<string, number | undefined>();

/**
 * crun starts every call by copying its program into a sealed file in memory, so that nobody in a container can write to it
 * (CVE-2019-5736), and begins anew from there: half of the time of a call. From such a file it goes on at once. So this process makes the
 * copy, once for all its calls. Other runtimes, and hosts that run nothing from memory, are called by their path.
 * @param before how many descriptors the child gets ahead of it, after its stdio
 */
export function heldProgram(path: string, before = 0): HeldProgram {
  const fd = holdCopy(path);
  return fd === undefined ? { path, pass: [] } : { path: `/proc/self/fd/${FIRST_AFTER_STDIO + before}`, pass: [fd] };
}

/** The path by which another process can start the same copy, as long as this one lives. */
export function lentProgram(path: string): string {
  const fd = holdCopy(path);
  return fd === undefined ? path : `/proc/${process.pid}/fd/${fd}`;
}

function holdCopy(path: string): number | undefined {
  if (!held.has(path)) held.set(path, basename(path) === "crun" ? sealedCopy(path) : undefined);
  return held.get(path);
}

function sealedCopy(path: string): number | undefined {
  const fd = makeMemoryFile();
  if (fd === undefined) return undefined;
  try {
    copyInto(fd, path);
    const sealed = syscall("fcntl", fd, F_ADD_SEALS, ALL_SEALS);
    if (sealed < 0) throw errnoError(-sealed, "cannot seal a copy of the OCI runtime");
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function copyInto(fd: number, path: string): void {
  const program = openSync(path, "r");
  try {
    for (let copied = 1; copied > 0; ) {
      copied = syscall("sendfile", fd, program, null, MOST_BYTES);
      if (copied < 0) throw errnoError(-copied, "cannot copy the OCI runtime");
    }
  } finally {
    closeSync(program);
  }
}

/** Undefined where the host runs no programs from memory (sysctl vm.memfd_noexec). */
function makeMemoryFile(): number | undefined {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  const made = syscall("memfd_create", "crun", flags | MFD_EXEC);
  // Kernels before 6.3 do not know the flag, and need none.
  const fd = made === -ERRNO.EINVAL ? syscall("memfd_create", "crun", flags) : made;
  if (fd === -ERRNO.EACCES || fd === -ERRNO.EPERM) return undefined;
  if (fd < 0) throw errnoError(-fd, "cannot make a file in memory");
  return fd;
}
