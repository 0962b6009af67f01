import { readFileSync } from "node:fs";

/** What `/proc/PID/status` says of a process's rights; the sets are masks. */
export type ProcStatus = {
  readonly capInheritable: bigint;
  readonly capPermitted: bigint;
  readonly capEffective: bigint;
  readonly capBounding: bigint;
  readonly capAmbient: bigint;
  readonly noNewPrivileges: boolean;
  /** 0: none, 1: strict, 2: filter. */
  readonly seccompMode: number;
  readonly umask: number;
};

/** Reads `/proc/PID/status` (proc(5)); one read. Throws Node's ENOENT or ESRCH when the process is gone. */
export function readProcStatus(pid: number | "self" = "self"): ProcStatus {
  return parseProcStatus(readFileSync(`/proc/${pid}/status`, "latin1"));
}

/** The pure half of {@link readProcStatus}; a field that the kernel does not write counts as zero. */
export function parseProcStatus(text: string): ProcStatus {
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(text)?.[1] ?? "0";
  const mask = (name: string): bigint => BigInt(`0x${field(name)}`);
  return {
    capInheritable: mask("CapInh"),
    capPermitted: mask("CapPrm"),
    capEffective: mask("CapEff"),
    capBounding: mask("CapBnd"),
    capAmbient: mask("CapAmb"),
    noNewPrivileges: field("NoNewPrivs") === "1",
    seccompMode: Number(field("Seccomp")),
    umask: Number.parseInt(field("Umask"), 8),
  };
}
