import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isLocked } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { startHelper } from "../helper-process.ts";
import { bellPath } from "../locks.ts";

/** Held by the watcher as long as it lives. */
export function watcherLockPath(engine: Engine): string {
  return join(engine.paths.watcher, "lock");
}

/** Tells the watcher that there is something new to look after; starts it where none runs. What is new is written down before. */
export function wakeWatcher(engine: Engine): void {
  ringBell(engine);
  reviveWatcher(engine);
}

/** Makes sure that whoever comes next sees that there is work for a watcher. */
export function ringBell(engine: Engine): void {
  mkdirSync(engine.paths.watcher, { recursive: true, mode: 0o700 });
  writeFileSync(bellPath(engine), "", { mode: 0o600 });
}

/** Starts a watcher unless one runs. A second one that was started at the same moment finds the first, and ends. */
export function reviveWatcher(engine: Engine): void {
  if (isWatched(engine)) return;
  startHelper(engine, ["system", "watch"]);
}

/** Whether a watcher runs. */
export function isWatched(engine: Engine): boolean {
  return isLocked(watcherLockPath(engine));
}
