import { readdirSync, readFileSync } from "node:fs";
import { hasCode } from "../lib/has-code.ts";
import { ERRNO, errnoError } from "./errno.ts";
import { syscall } from "./syscall.ts";

/** The start time of a process in clock ticks since boot (proc(5), stat field 22); undefined when there is no such process, or only a zombie. */
export function startTicksOf(pid: number): number | undefined {
  const fields = statOf(pid);
  const state = fields[0];
  return state === undefined || state === "Z" || state === "X" ? undefined : Number(fields[19]);
}

/** The process that has the pid now, told from any later one by its start time; undefined when there is none. */
export function findProcess(pid: number): { readonly pid: number; readonly startTicks: number } | undefined {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks };
}

const PF_EXITING = 0x4;

/** Whether a process has begun to end, or has ended: one that is process 1 of a namespace waits in between for the end of all others. */
export function isEnding(pid: number): boolean {
  const flags = statOf(pid)[6];
  return flags === undefined || (Number(flags) & PF_EXITING) !== 0;
}

// The fields of proc(5), stat, from the third on; none when there is no such process.
function statOf(pid: number): string[] {
  const text = readProcFile(pid, "stat");
  // The command's name may hold spaces and parentheses; the fields go on after the last one.
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** A file of /proc/PID; empty when there is no such process. */
export function readProcFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ESRCH")) return "";
    throw error;
  }
}

/** The pids of all processes that there are at this moment, zombies included. */
export function allProcesses(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** Whether this very process (pid and start time) still runs; a zombie does not. */
export function isAlive(process: { readonly pid: number; readonly startTicks: number } | undefined): boolean {
  return process !== undefined && startTicksOf(process.pid) === process.startTicks;
}

/** Whether a process is gone, or has begun to end: what is known by its files in /proc is no more, then. */
export function hasEnded(process: { readonly pid: number; readonly startTicks: number } | undefined): boolean {
  return process === undefined || !isAlive(process) || isEnding(process.pid);
}

/** This very process. */
export function ownProcess(): { readonly pid: number; readonly startTicks: number } {
  return { pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0 };
}

/** Sends a signal by number; false when there is no such process. Throws `denied` when it is another user's. */
export function sendSignal(pid: number, signal: number): boolean {
  const result = syscall("kill", pid, signal);
  if (result === 0) return true;
  if (result === -ERRNO.ESRCH) return false;
  throw errnoError(-result, `cannot send signal ${signal} to process ${pid}`);
}
