import { existsSync } from "node:fs";
import { join } from "node:path";
import { acquireLock, type Lock } from "../state/lock.ts";
import type { Engine } from "./engine.ts";

/**
 * The lock of one container. Order of locks: container, network, storage, image. Never held while a user's process is waited for.
 * Whoever changes a container passes here: so this is where a watcher that was killed while it had work is started again.
 */
export async function lockContainer(engine: Engine, id: string): Promise<Lock> {
  if (existsSync(bellPath(engine))) (await import("./watcher/wake.ts")).reviveWatcher(engine);
  return await acquireLock(join(engine.paths.locks, `container-${id}`));
}

/** A file that is there as long as the watcher has, or may have, something to do; writing it wakes the watcher. */
export function bellPath(engine: Engine): string {
  return join(engine.paths.watcher, "bell");
}
