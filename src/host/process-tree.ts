import { readdirSync } from "node:fs";
import { readProcFile, sendSignal } from "./process.ts";

const SIGKILL = 9;
const SIGSTOP = 19;
const ROUNDS = 20;

/**
 * Kills a process with all that it has started: its descendants, and who is in its session or process group. Each is stopped before its
 * children are looked for, so that none gets away by forking. `isOurs` is asked of each: a pid may be another process's by now.
 */
export function killTree(root: number, isOurs: (pid: number) => boolean): void {
  const members = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const found = treeOf(root, members).filter((pid) => !members.has(pid) && isOurs(pid));
    if (found.length === 0) break;
    for (const pid of found) {
      members.add(pid);
      sendSignal(pid, SIGSTOP);
    }
  }
  for (const pid of members) sendSignal(pid, SIGKILL);
}

function treeOf(root: number, members: ReadonlySet<number>): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && (pid === root || belongs(pid, root, members)));
}

function belongs(pid: number, root: number, members: ReadonlySet<number>): boolean {
  const text = readProcFile(pid, "stat");
  const [, parent, group, session] = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  return group === root || session === root || (parent !== undefined && members.has(parent));
}
