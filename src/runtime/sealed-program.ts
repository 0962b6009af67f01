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

/** A copy that this process holds; not to be started before it is completed. */
type Copy = { readonly fd: number; readonly complete: () => void };

const held = new Map<string, Copy | undefined>();

/**
 * crun starts every call by copying its program into a sealed file in memory, so that nobody in a container can write to it
 * (CVE-2019-5736), and begins anew from there: half of the time of a call. From such a file it goes on at once. So this process makes the
 * copy, once for all its calls. Other runtimes, and hosts that run nothing from memory, are called by their path.
 * @param before how many descriptors the child gets ahead of it, after its stdio
 */
export function heldProgram(path: string, before = 0): HeldProgram {
  const copy = holdCopy(path);
  if (copy === undefined) return { path, pass: [] };
  copy.complete();
  return { path: `/proc/self/fd/${FIRST_AFTER_STDIO + before}`, pass: [copy.fd] };
}

/** The path by which another process can start the same copy, as long as this one lives, and once `complete` has been called. */
export function lentProgram(path: string): { readonly path: string; readonly complete: () => void } {
  const copy = holdCopy(path);
  if (copy === undefined) return { path, complete: () => undefined };
  return { path: `/proc/${process.pid}/fd/${copy.fd}`, complete: copy.complete };
}

function holdCopy(path: string): Copy | undefined {
  if (!held.has(path)) held.set(path, basename(path) === "crun" ? beginCopy(path) : undefined);
  return held.get(path);
}

function beginCopy(path: string): Copy | undefined {
  const fd = makeMemoryFile();
  if (fd === undefined) return undefined;
  const progress = { isComplete: false };
  const complete = (): void => {
    if (progress.isComplete) return;
    try {
      copyInto(fd, path);
      const sealed = syscall("fcntl", fd, F_ADD_SEALS, ALL_SEALS);
      if (sealed < 0) throw errnoError(-sealed, "cannot seal a copy of the OCI runtime");
      progress.isComplete = true;
    } catch (error) {
      // The next one begins anew.
      held.delete(path);
      closeSync(fd);
      throw error;
    }
  };
  return { fd, complete };
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
