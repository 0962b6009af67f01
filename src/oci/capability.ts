import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import type { SpecCapabilities } from "./runtime-spec.ts";

/** Every Linux capability; its place is its number (linux/capability.h, up to Linux 6.18). */
export const CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** What a container has without any option: Podman's eleven, CapEff 00000000800405fb. */
export const DEFAULT_CAPABILITIES: readonly Capability[] = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_NET_BIND_SERVICE",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

type CapabilityRequest = {
  /** `--cap-add`: names with or without `CAP_`, any case, or `ALL`. */
  add: readonly string[];
  /** `--cap-drop`, likewise. */
  drop: readonly string[];
  privileged: boolean;
  /** What a container has without any option, where that is not the usual. */
  defaults?: readonly string[] | undefined;
  /** The engine's own bounding set, a mask as in `/proc/self/status`: nothing outside it can be given. */
  bounding: bigint;
  /** False when the container's process does not run as uid 0. */
  root: boolean;
};

/**
 * The capability sets of a container's process, sorted by number.
 *
 * Inheritable and ambient stay empty, but for one case that Podman has too: a process that is not root keeps what `--cap-add`
 * names only through them, since execve would drop it from the permitted set otherwise.
 *
 * Throws `invalid` for an unknown name and for one both added and dropped, `denied` for one added by name that the engine itself lacks.
 */
export function resolveCapabilities(request: CapabilityRequest): SpecCapabilities {
  const add = parseCapabilities(request.add);
  const drop = parseCapabilities(request.drop);
  const available = capabilitiesOfMask(request.bounding);
  const { privileged, defaults = DEFAULT_CAPABILITIES } = request;
  refuseContradiction(add, drop);
  if (!request.privileged) refuseUnavailable(add.names, available);
  const bounding = available.filter((name) => isGranted(name, { add, drop, privileged, defaults }));
  if (request.root) return { bounding, effective: bounding, permitted: bounding, inheritable: [], ambient: [] };
  const own = bounding.filter((name) => add.all || add.names.has(name));
  return { bounding, effective: own, permitted: own, inheritable: own, ambient: own };
}

/** The capability's full name for what a user typed: `net_admin`, `NET_ADMIN`, `CAP_NET_ADMIN`. Throws `invalid` with the nearest name. */
export function parseCapability(typed: string): Capability {
  const upper = typed.toUpperCase();
  const full = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (isCapability(full)) return full;
  const close = nearest(full, CAPABILITIES);
  throw new EstibaError("invalid", {
    reason: "capability.unknown",
    what: `unknown capability "${typed}"`,
    fix: close === undefined ? "see capabilities(7) for the names" : `did you mean ${close}?`,
  });
}

function isCapability(name: string): name is Capability {
  return (CAPABILITIES as readonly string[]).includes(name);
}

/**
 * What a user typed as a list of capabilities: full names, and `ALL`; `a,b` counts as two. Throws `invalid` with the nearest name for an
 * unknown one.
 */
export function capabilityNames(typed: readonly string[]): string[] {
  if (typed.length === 0) return [];
  const { all, names } = parseCapabilities(typed);
  return [...(all ? ["ALL"] : []), ...names];
}

/** The names of a mask such as CapBnd, in the order of their numbers; bits without a name are left out. */
export function capabilitiesOfMask(mask: bigint): Capability[] {
  return CAPABILITIES.filter((_, number) => ((mask >> BigInt(number)) & 1n) === 1n);
}

/** The mask of names, as `/proc/PID/status` shows it. */
export function maskOfCapabilities(names: readonly string[]): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(CAPABILITIES.indexOf(parseCapability(name)))), 0n);
}

type Parsed = { all: boolean; names: Set<Capability> };

function parseCapabilities(typed: readonly string[]): Parsed {
  // Both peers take `--cap-add a,b` as well as the option twice.
  const words = typed.flatMap((word) => word.split(",")).filter((word) => word !== "");
  const isAll = (word: string): boolean => ["ALL", "CAP_ALL"].includes(word.toUpperCase());
  return { all: words.some(isAll), names: new Set(words.filter((word) => !isAll(word)).map(parseCapability)) };
}

function isGranted(
  name: Capability,
  { add, drop, privileged, defaults }: { add: Parsed; drop: Parsed; privileged: boolean; defaults: readonly string[] },
): boolean {
  if (drop.names.has(name)) return false;
  if (add.all || add.names.has(name)) return true;
  if (drop.all) return false;
  return privileged || defaults.includes(name);
}

function refuseContradiction(add: Parsed, drop: Parsed): void {
  const both = add.all && drop.all ? "ALL" : [...add.names].find((name) => drop.names.has(name));
  if (both === undefined) return;
  throw new EstibaError("invalid", {
    reason: "capability.contradiction",
    what: `capability "${both}" is both added and dropped`,
    fix: `give ${both} to only one of --cap-add and --cap-drop`,
  });
}

function refuseUnavailable(names: Iterable<Capability>, available: readonly Capability[]): void {
  for (const name of names) {
    if (available.includes(name)) continue;
    throw new EstibaError("denied", {
      reason: "capability.unavailable",
      what: `capability "${name}" cannot be given: the engine's own bounding set does not hold it`,
      fix: `run the engine where ${name} is in CapBnd of /proc/self/status, or leave the option out`,
    });
  }
}
