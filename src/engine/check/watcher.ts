import { readdirSync } from "node:fs";
import { isAlive, readProcFile } from "../../host/process.ts";
import { getSoundContainer } from "../../state/containers.ts";
import type { Engine } from "../engine.ts";
import { type PendingWork, pendingWork } from "../watcher/pending.ts";
import { isWatched, wakeWatcher } from "../watcher/wake.ts";
import { dismissWatcher, readWatcherPid } from "../watcher/watch.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

const FEW_LOOKS = 10;
const MOST_LOOKS = 200;
const SETTLING_MS = 50;

/** Health checks and restarts that nobody makes, because the exit hook or the watcher was killed, and what a killed watcher left. */
export async function checkWatcher(engine: Engine): Promise<Finding[]> {
  // One that was just started needs a moment to come up, on a busy host a long one.
  for (let look = 0; isAmiss(engine) && look < (isComing(engine) ? MOST_LOOKS : FEW_LOOKS); look++)
    await Bun.sleep(SETTLING_MS);
  if (!isAmiss(engine)) return [];
  const forgotten = forgottenWork(engine);
  if (forgotten.length > 0) return forgotten.map((work) => unwatched(engine, work));
  return [
    {
      kind: "watcher",
      what: "the files of a watcher that was killed",
      repair: () => dismissWatcher(engine),
    },
  ];
}

function isAmiss(engine: Engine): boolean {
  // One that is just leaving may not have seen what came last.
  if (isWatched(engine)) return forgottenWork(engine).some(({ kind, inMs }) => kind === "restart" && inMs === 0);
  const left = readWatcherPid(engine);
  return (left !== undefined && !isAlive(left)) || forgottenWork(engine).length > 0;
}

function isComing({ paths }: Engine): boolean {
  return readdirSync("/proc").some((name) => {
    const words = /^\d+$/.test(name) ? readProcFile(Number(name), "cmdline").split("\0") : [];
    return words.at(-2) === "watch" && words.at(-3) === "system" && words.includes(paths.runRoot);
  });
}

function forgottenWork(engine: Engine): PendingWork[] {
  return pendingWork(engine).filter(({ id, taken }) => !taken && !isBusy(engine, id));
}

function unwatched(engine: Engine, { id, kind }: PendingWork): Finding {
  const name = `${getSoundContainer(engine.store, id)?.name ?? "?"} (${id.slice(0, 12)})`;
  const what = {
    check: `nobody checks the health of container ${name}: the watcher was killed`,
    restart: `nobody starts container ${name} again, as its restart policy asks for: who waited for that was killed`,
    schedule: `nobody starts container ${name} at the times of its schedule: the watcher was killed`,
    rotate: `nobody keeps the log of container ${name} within its size: the watcher was killed`,
  }[kind];
  return { kind: "watcher", what, repair: () => wakeWatcher(engine) };
}
