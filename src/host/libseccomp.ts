import { dlopen, FFIType, type Pointer } from "bun:ffi";
import { closeSync, fstatSync, readlinkSync, readSync, statSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { must } from "./errno.ts";

const SONAME = "libseccomp.so.2";
const FOLDERS = [
  `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`,
  "/usr/lib64",
  "/usr/lib",
  "/lib64",
  "/lib",
];

/**
 * What tells one installed libseccomp from another without loading it: the name of the real file (`libseccomp.so.2.5.4`), or its size and
 * time where it is no link; undefined where there is none in the usual folders.
 */
export function libseccompStamp(): string | undefined {
  for (const folder of FOLDERS) {
    const path = `${folder}/${SONAME}`;
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    return `${linkTarget(path)} ${stat.size} ${stat.mtimeMs}`;
  }
  return undefined;
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (hasCode(error, "EINVAL")) return path;
    throw error;
  }
}

/** One comparison of an argument: `op` is enum scmp_compare; values are unsigned 64-bit. */
export type SeccompComparison = { index: number; op: number; a: bigint; b: bigint };

/** libseccomp, loaded. Numbers are those of seccomp.h. Errors are EstibaError `invalid` with the errno in `details`. */
export type LibSeccomp = {
  /** The token of an architecture by lower-case name (`x86_64`), or 0. */
  architecture(name: string): number;
  /** The number of a call by name on an architecture; negative when there is none (-1) or it is only a pseudo number. */
  syscallNumber(architecture: number, name: string): number;
  filter(defaultAction: number): SeccompFilter;
};

/** A filter in the making; dispose of it to free it. */
export type SeccompFilter = Disposable & {
  /** Adding the native architecture, which is always there, does nothing. */
  addArchitecture(token: number): void;
  /** False when the library knows no call of that name. */
  addRule(action: number, name: string, comparisons: readonly SeccompComparison[]): boolean;
  /** Instructions as struct sock_filter, 8 bytes each. */
  export(): Uint8Array;
};

const EEXIST = 17;
const CTL_OPTIMIZE = 8;
const BINARY_TREE = 2;

/** Loads libseccomp; undefined where it is missing. Not for the hot path: about a millisecond. */
export function openLibseccomp(): LibSeccomp | undefined {
  const symbols = load();
  if (symbols === undefined) return undefined;
  return {
    architecture: (name) => symbols.seccomp_arch_resolve_name(text(name)),
    syscallNumber: (architecture, name) => symbols.seccomp_syscall_resolve_name_arch(architecture, text(name)),
    filter: (defaultAction) => openFilter(symbols, defaultAction),
  };
}

function load(): Symbols | undefined {
  try {
    return dlopen(SONAME, SYMBOLS).symbols;
  } catch (error) {
    if (error instanceof Error && /cannot open shared object|No such file|Failed to open/i.test(error.message))
      return undefined;
    throw error;
  }
}

const { i32, u32, ptr: pointer } = FFIType;
const SYMBOLS = {
  seccomp_init: { args: [u32], returns: pointer },
  seccomp_release: { args: [pointer], returns: FFIType.void },
  seccomp_arch_resolve_name: { args: [pointer], returns: u32 },
  seccomp_arch_add: { args: [pointer, u32], returns: i32 },
  seccomp_attr_set: { args: [pointer, i32, u32], returns: i32 },
  seccomp_syscall_resolve_name: { args: [pointer], returns: i32 },
  seccomp_syscall_resolve_name_arch: { args: [u32, pointer], returns: i32 },
  seccomp_rule_add_array: { args: [pointer, u32, i32, u32, pointer], returns: i32 },
  seccomp_export_bpf: { args: [pointer, i32], returns: i32 },
} as const;
type Symbols = ReturnType<typeof dlopen<typeof SYMBOLS>>["symbols"];

function openFilter(symbols: Symbols, defaultAction: number): SeccompFilter {
  const context = toPointer(symbols.seccomp_init(defaultAction));
  if (context === null) return fail(`libseccomp refused the default action ${defaultAction}`, 22);
  // From 2.5 on: a search tree over the numbers instead of a chain. Older libraries answer EINVAL and keep the chain.
  symbols.seccomp_attr_set(context, CTL_OPTIMIZE, BINARY_TREE);
  return {
    addArchitecture: (token) => {
      const result = symbols.seccomp_arch_add(context, token);
      if (result < 0 && result !== -EEXIST) fail(`libseccomp refused the architecture ${token}`, -result);
    },
    addRule: (action, name, comparisons) => {
      const number = symbols.seccomp_syscall_resolve_name(text(name));
      if (number === -1) return false;
      const array = packComparisons(comparisons);
      const result = symbols.seccomp_rule_add_array(context, action, number, comparisons.length, array);
      if (result < 0) fail(`libseccomp refused the rule for "${name}"`, -result);
      return true;
    },
    export: () => exportFilter(symbols, context),
    [Symbol.dispose]: () => symbols.seccomp_release(context),
  };
}

/** bun:ffi types a returned pointer as bigint too; a Linux user address fits a number. */
function toPointer(address: Pointer | bigint | null): Pointer | null {
  return typeof address === "bigint" ? (Number(address) as Pointer) : address;
}

/** struct scmp_arg_cmp: u32 arg, u32 op, u64 datum_a, u64 datum_b. */
function packComparisons(comparisons: readonly SeccompComparison[]): Uint8Array {
  // One spare entry: the address of an empty buffer cannot be taken.
  const view = new DataView(new ArrayBuffer((comparisons.length + 1) * 24));
  for (const [place, { index, op, a, b }] of comparisons.entries()) {
    view.setUint32(place * 24, index, true);
    view.setUint32(place * 24 + 4, op, true);
    view.setBigUint64(place * 24 + 8, a, true);
    view.setBigUint64(place * 24 + 16, b, true);
  }
  return new Uint8Array(view.buffer);
}

function exportFilter(symbols: Symbols, context: Pointer): Uint8Array {
  // seccomp_export_bpf_mem came with 2.6 only.
  const fd = must("cannot make room for a seccomp filter", "memfd_create", "seccomp", 1);
  try {
    const result = symbols.seccomp_export_bpf(context, fd);
    if (result < 0) fail("libseccomp could not compile the filter", -result);
    const bytes = new Uint8Array(fstatSync(fd).size);
    for (let done = 0; done < bytes.length; ) done += readSync(fd, bytes, done, bytes.length - done, done);
    return bytes;
  } finally {
    closeSync(fd);
  }
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

function fail(what: string, errno: number): never {
  throw new EstibaError("invalid", { reason: "seccomp.refused", what: `${what} (errno ${errno})`, details: { errno } });
}
