import { join } from "node:path";
import { cgroupHierarchies, processesBelow } from "../host/cgroup-folders.ts";
import { thawFolder } from "../host/freezer.ts";
import { allProcesses, readProcFile, sendSignal, startTicksOf } from "../host/process.ts";
import type { Engine } from "./engine.ts";

const SIGKILL = 9;
const ROUNDS = 500;
const PAUSE_MS = 10;
/** The words behind which conmon, and the runtime that it calls, name the bundle. */
const BUNDLE_WORDS = ["-b", "--bundle"];

/**
 * The processes of a container that must have none: those in its cgroup, in whichever hierarchy, and monitors and runtimes that work on its
 * bundle. A runtime that was killed while it made the container leaves a first process that no pid file names: its cgroup alone does.
 */
export function leftoverProcesses(engine: Engine, id: string, cgroup: string): number[] {
  const members = cgroupHierarchies().flatMap((hierarchy) => processesBelow(join(hierarchy, cgroup)));
  const makers = allProcesses().filter((pid) => bundleOf(pid) === join(engine.paths.bundles, id));
  return [...new Set([...members, ...makers])].filter((pid) => pid > 1 && startTicksOf(pid) !== undefined);
}

/** The folder of the bundle that a monitor or runtime says in its words that it works on. */
export function bundleOf(pid: number): string | undefined {
  return bundleIn(readProcFile(pid, "cmdline").split("\0"));
}

/** The same, of words that have been read. */
export function bundleIn(words: readonly string[]): string | undefined {
  return BUNDLE_WORDS.flatMap((word) => (words.includes(word) ? [words[words.indexOf(word) + 1]] : []))[0];
}

/**
 * Kills them until none is left: one that is being made while the others are killed is found the next time. One that does not die (it hangs
 * in the kernel) stays, and the check names it. The caller holds the container's lock.
 */
export async function endLeftovers(engine: Engine, id: string, cgroup: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const pids = leftoverProcesses(engine, id, cgroup);
    if (pids.length === 0) return;
    for (const pid of pids) sendSignal(pid, SIGKILL);
    for (const hierarchy of cgroupHierarchies()) thawFolder(join(hierarchy, cgroup));
    await Bun.sleep(PAUSE_MS);
  }
}
