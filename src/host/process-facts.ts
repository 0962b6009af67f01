import { readFileSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { type ProcStatus, parseProcStatus } from "./proc-status.ts";

/** Clock ticks of proc(5) in a second: the same on every architecture. */
export const TICKS_PER_SECOND = 100;

/** What /proc tells of one process; ids and pids as the reader's namespaces have them, unless said otherwise. */
export type ProcessFacts = {
  readonly pid: number;
  readonly parent: number;
  /** Its pid and its process group in each pid namespace it is in, the reader's first. */
  readonly pids: readonly number[];
  readonly groupIds: readonly number[];
  /** Real, effective, saved, file system. */
  readonly uids: readonly number[];
  readonly gids: readonly number[];
  readonly groups: readonly number[];
  readonly command: string;
  /** Empty for a kernel thread or a zombie. */
  readonly args: readonly string[];
  /** One letter, such as S. */
  readonly state: string;
  readonly nice: number;
  /** Device number of the terminal; 0 for none. */
  readonly terminal: number;
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly virtualBytes: number;
  readonly residentKib: number;
  readonly rights: ProcStatus;
  /** The security module's label; undefined without such a module. */
  readonly label: string | undefined;
};

/** Reads a process's facts; undefined when it is gone. */
export function readProcessFacts(pid: number): ProcessFacts | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
    return { pid, ...parseStatus(status), ...parseStat(stat), args, label: readLabel(pid) };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
}

function parseStatus(text: string) {
  const words = (name: string): string[] =>
    (new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(text)?.[1] ?? "").split(/\s+/).filter((word) => word !== "");
  const numbers = (name: string): number[] => words(name).map(Number);
  return {
    parent: Number(words("PPid")[0] ?? 0),
    pids: numbers("NSpid"),
    groupIds: numbers("NSpgid"),
    uids: numbers("Uid"),
    gids: numbers("Gid"),
    groups: numbers("Groups"),
    state: words("State")[0] ?? "?",
    residentKib: Number(words("VmRSS")[0] ?? 0),
    rights: parseProcStatus(text),
  };
}

// proc(5): the command stands in parentheses and may hold some itself; the fields are counted from behind the last one.
function parseStat(text: string) {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  return {
    command: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
    terminal: field(7),
    nice: field(19),
    startTicks: field(22),
    cpuTicks: field(14) + field(15),
    virtualBytes: field(23),
  };
}

function readLabel(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/attr/current`, "utf8").replace(/[\0\n]+$/, "");
  } catch (error) {
    // Without a security module, or without one that labels processes.
    if (hasCode(error, "ENOENT", "EINVAL", "EACCES")) return undefined;
    throw error;
  }
}

/** Milliseconds since a process began that started so many clock ticks after the boot, whatever was done to the clock meanwhile. */
export function ageOf(startTicks: number): number {
  const [uptime = "0"] = readFileSync("/proc/uptime", "latin1").split(" ");
  return Number(uptime) * 1000 - (startTicks * 1000) / TICKS_PER_SECOND;
}

/** Milliseconds since the epoch at which a process began that started so many clock ticks after the boot; to the second, as proc(5) has it. */
export function startTimeOf(startTicks: number): number {
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1] ?? 0);
  return (boot + Math.floor(startTicks / TICKS_PER_SECOND)) * 1000;
}

/** A range of ids of a user namespace: `inside` there is `outside` for the reader. */
export type IdRange = { readonly inside: number; readonly outside: number; readonly size: number };

/** The uid or gid map of a process's user namespace. */
export function readIdMap(pid: number, kind: "uid" | "gid"): IdRange[] {
  const lines = readFileSync(`/proc/${pid}/${kind}_map`, "latin1").trim().split("\n");
  return lines.map((line) => {
    const [inside = 0, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, size };
  });
}
