import { existsSync } from "node:fs";
import { hasContainer } from "../../state/container-row.ts";
import { getState } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";
import { containerLockPath } from "../locks.ts";

/**
 * Whether a command is working on this container at this moment: what it makes or takes away is no finding. Leaves no lock file of a
 * container that does not exist.
 */
export function isBusy(engine: Engine, id: string): boolean {
  using lock = tryLock(containerLockPath(engine, id));
  if (lock === undefined) return true;
  if (!hasContainer(engine.store, id)) lock.discard();
  return false;
}

/**
 * Whether something is there that only a running container may have, though it does not run and no command works on it. Asked before and
 * after the look: its restart policy may start it at any moment.
 */
export function isLeftover(engine: Engine, id: string, path: string): boolean {
  return isAtRest(engine, id) && existsSync(path) && isAtRest(engine, id);
}

/** Whether the container does not run at this moment, and no command works on it. */
export function isAtRest(engine: Engine, id: string): boolean {
  return !isBusy(engine, id) && hasEnded(engine, id);
}

/** Whether the container is written down as one that does not run. */
export function hasEnded(engine: Engine, id: string): boolean {
  const status = getState(engine.live, id)?.status;
  return status === undefined || status === "created" || status === "exited";
}

/** Mends something of a container under its lock; whoever holds that now mends it by itself. */
export async function locked(engine: Engine, id: string, work: () => Promise<void> | void): Promise<void> {
  using lock = tryLock(containerLockPath(engine, id));
  if (lock === undefined) return;
  await work();
  if (!hasContainer(engine.store, id)) lock.discard();
}
