import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readProcFile, sendSignal, startTicksOf } from "../../host/process.ts";
import { getState } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

const SIGKILL = 9;

/**
 * Monitors of this run root that look after a container nobody knows: they, and the container's processes below them, are left from a
 * kill. One whose container has ended runs the exit hook and goes by itself.
 */
export function checkProcesses(engine: Engine): Finding[] {
  return monitors(engine)
    .filter(({ pid, id }) => {
      if (containerProcesses(pid).length === 0 || isBusy(engine, id)) return false;
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

function monitors(engine: Engine): { pid: number; id: string }[] {
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 1) return [];
    const words = readProcFile(pid, "cmdline").split("\0");
    const bundle = words[words.indexOf("-b") + 1] ?? "";
    const id = words[words.indexOf("-c") + 1] ?? "";
    const isOurs = words[0]?.endsWith("/conmon") === true && bundle === join(engine.paths.bundles, id);
    return isOurs ? [{ pid, id }] : [];
  });
}
