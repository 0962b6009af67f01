import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { allProcesses, readProcFile, sendSignal, startTicksOf } from "../../host/process.ts";
import { getSoundContainer, getState } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { bundleIn, bundleOf, endLeftovers, leftoverProcesses } from "../leftovers.ts";
import { cgroupParent, cgroupPath } from "../runtime-places.ts";
import { hasEnded, isAtRest, isBusy, locked } from "./busy.ts";
import { parentsOfCgroups } from "./cgroups.ts";
import type { Finding } from "./finding.ts";

const SIGKILL = 9;
const ID = /^[0-9a-f]{64}$/;
const SETTLING_LOOKS = 10;
const SETTLING_MS = 50;

/** Processes of this run root that belong to no running container: they are left from a kill. */
export async function checkProcesses(engine: Engine): Promise<Finding[]> {
  return [...strangeMonitors(engine), ...(await leftovers(engine))];
}

// Monitors that look after a container that knows another one. One whose container has ended runs the exit hook and goes by itself.
function strangeMonitors(engine: Engine): Finding[] {
  return monitors(engine)
    .filter(({ pid, id }) => {
      if (isAtRest(engine, id) || containerProcesses(pid).length === 0 || isBusy(engine, id)) return false;
      const state = getState(engine.live, id);
      return state?.status !== "starting" && state?.monitor?.pid !== pid;
    })
    .map(({ pid, id }) => ({
      kind: "process",
      what: `a monitor (pid ${pid}) of container ${id.slice(0, 12)}, which does not run`,
      repair: () => {
        for (const child of containerProcesses(pid)) sendSignal(child, SIGKILL);
        sendSignal(pid, SIGKILL);
      },
    }));
}

async function leftovers(engine: Engine): Promise<Finding[]> {
  let found = lookForLeftovers(engine);
  // What is just ending is gone a moment later.
  for (let look = 0; look < SETTLING_LOOKS && found.size > 0; look++) {
    await Bun.sleep(SETTLING_MS);
    const again = lookForLeftovers(engine);
    found = new Map(
      [...found]
        .map(([id, pids]) => [id, pids.filter((pid) => again.get(id)?.includes(pid))] as const)
        .filter(([, pids]) => pids.length > 0),
    );
  }
  return [...found].map(([id, pids]) => ({
    kind: "process",
    what: `${pids.length === 1 ? "process" : "processes"} ${pids.join(", ")} of container ${id.slice(0, 12)}, which does not run`,
    repair: () =>
      locked(engine, id, async () => {
        if (hasEnded(engine, id)) await endLeftovers(engine, id, cgroupOf(engine, id));
      }),
  }));
}

function lookForLeftovers(engine: Engine): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const id of namedByProcesses(engine)) {
    if (!isAtRest(engine, id)) continue;
    const pids = leftoverProcesses(engine, id, cgroupOf(engine, id)).filter((pid) => !isIdleMonitor(pid));
    // Asked again: a command may have started it meanwhile.
    if (pids.length > 0 && isAtRest(engine, id)) found.set(id, pids);
  }
  return found;
}

// Containers that have a cgroup, or whose bundle a process works on, whether a record knows them or not.
function namedByProcesses(engine: Engine): Set<string> {
  const bundles = allProcesses().flatMap((pid) => {
    const bundle = bundleOf(pid);
    return bundle?.startsWith(`${engine.paths.bundles}/`) === true ? [basename(bundle)] : [];
  });
  const cgroups = parentsOfCgroups(engine).flatMap(({ path }) => folderNames(path));
  return new Set([...bundles, ...cgroups].filter((id) => ID.test(id)));
}

function cgroupOf(engine: Engine, id: string): string {
  const record = getSoundContainer(engine.store, id);
  if (record !== undefined) return cgroupPath(engine, record);
  // It was in a pod, perhaps, of which nobody knows any more either.
  const parent = parentsOfCgroups(engine).find(({ path }) => existsSync(join(path, id)));
  return `${parent?.cgroup ?? cgroupParent(engine)}/${id}`;
}

// It runs the exit hook, or waits to: it goes by itself.
function isIdleMonitor(pid: number): boolean {
  return isMonitor(readProcFile(pid, "cmdline").split("\0")) && containerProcesses(pid).length === 0;
}

// The children of a monitor but for those that are ending and the exit hook, which for a moment looks like the monitor itself, or like nothing.
function containerProcesses(monitor: number): number[] {
  const own = readProcFile(monitor, "cmdline");
  return readProcFile(monitor, `task/${monitor}/children`)
    .trim()
    .split(" ")
    .map(Number)
    .filter((pid) => pid > 0 && startTicksOf(pid) !== undefined)
    .filter((pid) => {
      const words = readProcFile(pid, "cmdline");
      return words !== "" && words !== own && !words.includes("\0container\0cleanup\0");
    });
}

function isMonitor(words: readonly string[]): boolean {
  return words[0]?.endsWith("/conmon") === true;
}

function monitors(engine: Engine): { pid: number; id: string }[] {
  return allProcesses().flatMap((pid) => {
    const words = readProcFile(pid, "cmdline").split("\0");
    const id = words[words.indexOf("-c") + 1] ?? "";
    return isMonitor(words) && bundleIn(words) === `${engine.paths.bundles}/${id}` ? [{ pid, id }] : [];
  });
}
