import { dlopen, FFIType, type Pointer, ptr } from "bun:ffi";
import { constants, openSync, writeFileSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { syscall } from "./syscall.ts";

/** One line of a uid_map or gid_map (user_namespaces(7)): `size` ids from `inside` on are the host's from `outside` on. */
export type IdRange = { readonly inside: number; readonly outside: number; readonly size: number };

export type IdMaps = { readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] };

/** One more than the largest id: 2^32 - 1 is no id. */
export const ID_END = 0xffff_ffff;

const CLONE_NEWUSER = 0x10000000;
const SIGKILL = 9;
const WALL = 0x40000000;
const STACK_BYTES = 65_536;
const HOLD_SECONDS = 10;

/**
 * Makes a user namespace with these mappings and returns a close-on-exec descriptor of it, for an idmapped mount; the caller closes it.
 * The namespace lives as long as a descriptor, a mount or a process holds it. Throws `unsupported` where the host allows no further user
 * namespaces, `invalid` for mappings that overlap or that the caller may not have.
 */
export function makeUserNamespace(maps: IdMaps): number {
  const pid = startHolder();
  try {
    writeMap(pid, "uid_map", maps.uids);
    writeMap(pid, "gid_map", maps.gids);
    return openSync(`/proc/${pid}/ns/user`, constants.O_RDONLY);
  } finally {
    syscall("kill", pid, SIGKILL);
    syscall("wait4", pid, null, WALL, null);
  }
}

/**
 * A process with nothing but a new user namespace: a program with several threads cannot have one itself (unshare(2)), so a child must
 * hold it while the maps are written. The child never sees JavaScript: clone(3) lets it begin in sleep(3), and so it ends by itself even
 * if we are killed. No exit signal: nobody else who waits for children shall meet it.
 */
function startHolder(): number {
  const libc = dlopen("libc.so.6", {
    clone: { args: [FFIType.ptr, FFIType.ptr, FFIType.i32, FFIType.u64], returns: FFIType.i32 },
    dlsym: { args: [FFIType.ptr, FFIType.ptr], returns: FFIType.ptr },
  });
  const sleep = libc.symbols.dlsym(null, Buffer.from("sleep\0"));
  // The child has a copy of it: it may be collected as soon as clone has returned.
  const stack = new Uint8Array(STACK_BYTES);
  const bottom = ptr(stack);
  const top = (bottom + STACK_BYTES - (bottom % 16)) as Pointer;
  const pid = libc.symbols.clone(sleep, top, CLONE_NEWUSER, HOLD_SECONDS);
  if (pid > 0 && stack.length === STACK_BYTES) return pid;
  throw new EstibaError("unsupported", {
    reason: "host.no_user_namespace",
    what: "this host allows no further user namespace",
    fix: "see: sysctl user.max_user_namespaces kernel.unprivileged_userns_clone",
  });
}

function writeMap(pid: number, file: "uid_map" | "gid_map", ranges: readonly IdRange[]): void {
  // One write: the kernel takes a map once, whole.
  const text = ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join("");
  try {
    writeFileSync(`/proc/${pid}/${file}`, text);
  } catch (error) {
    if (!hasCode(error, "EINVAL", "EPERM")) throw error;
    throw new EstibaError("invalid", {
      reason: "host.bad_id_map",
      what: `the kernel refuses the mapping of ids ${JSON.stringify(text.trim().replaceAll("\n", ", "))}`,
      cause: error,
      fix: "give ranges that do not overlap and that the caller may map",
    });
  }
}

/** What the kernel shows for an id that a mapping has no place for. */
const OVERFLOW_ID = 65_534;

/** A container's id for one of the host, as its processes see it. */
export function containerId(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ outside, size }) => id >= outside && id < outside + size);
  return range === undefined ? OVERFLOW_ID : range.inside + id - range.outside;
}

/** The host's id for one of a container. Throws `invalid` where the mapping has no place for it. */
export function hostId(ranges: readonly IdRange[], id: number): number {
  const range = ranges.find(({ inside, size }) => id >= inside && id < inside + size);
  if (range !== undefined) return range.outside + id - range.inside;
  throw new EstibaError("invalid", {
    reason: "container.unmapped_id",
    what: `the id ${id} is none of the container's user namespace`,
  });
}
