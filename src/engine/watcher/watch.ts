import { existsSync, mkdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moveToCgroup } from "../../host/cgroup-mode.ts";
import { ownProcess } from "../../host/process.ts";
import type { ProcessId } from "../../state/container.ts";
import { takeLock } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { endHelper, readProcessFile } from "../helper-process.ts";
import { bellPath } from "../locks.ts";
import { cgroupParent } from "../runtime-places.ts";
import { runSchedule } from "./schedule.ts";
import { isWatched, watcherLockPath } from "./wake.ts";

/**
 * The watcher of one run root: makes the health checks and the restarts that nobody else waits for, until there are none to come, or the
 * signal is aborted. At once over when another one runs already.
 */
export async function runWatcher(engine: Engine, signal: AbortSignal): Promise<void> {
  await moveToCgroup(process.pid, `${cgroupParent(engine)}/watcher`);
  do {
    if (!(await watchOnce(engine, signal))) return;
    // Whoever rang while we still held the lock, but had stopped listening, has left the bell behind.
  } while (!signal.aborted && existsSync(bellPath(engine)));
}

/** False when another watcher has the lock. */
async function watchOnce(engine: Engine, signal: AbortSignal): Promise<boolean> {
  using lock = await takeLock(watcherLockPath(engine));
  if (lock === undefined) return false;
  mkdirSync(engine.paths.watcher, { recursive: true, mode: 0o700 });
  writeFileSync(pidPath(engine), JSON.stringify(ownProcess()), { mode: 0o600 });
  const bell = new EventTarget();
  const inotify = watch(engine.paths.watcher, () => bell.dispatchEvent(new Event("ring")));
  try {
    await runSchedule(engine, bell, signal);
  } finally {
    inotify.close();
    rmSync(pidPath(engine), { force: true });
  }
  return true;
}

function pidPath(engine: Engine): string {
  return join(engine.paths.watcher, "pid");
}

/** The watcher's process, alive or not; undefined when none has left its pid. */
export function readWatcherPid(engine: Engine): ProcessId | undefined {
  return readProcessFile(pidPath(engine));
}

/** Ends the watcher, where one runs, and takes away what it or a killed one has left. Restarts that it has begun come to their end. */
export async function dismissWatcher(engine: Engine): Promise<void> {
  rmSync(bellPath(engine), { force: true });
  const watcher = readWatcherPid(engine);
  if (watcher !== undefined) await endHelper(watcher);
  if (!isWatched(engine)) for (const path of [pidPath(engine), bellPath(engine)]) rmSync(path, { force: true });
}
