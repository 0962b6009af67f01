import { join } from "node:path";
import { getContainer, getState } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import type { Engine } from "../engine.ts";

/** The path of a container's lock. */
export function lockPath(engine: Engine, id: string): string {
  return join(engine.paths.locks, `container-${id}`);
}

/**
 * Whether a command is working on this container at this moment: what it makes or takes away is no finding. Leaves no lock file of a
 * container that does not exist.
 */
export function isBusy(engine: Engine, id: string): boolean {
  using lock = tryLock(lockPath(engine, id));
  if (lock === undefined) return true;
  if (getContainer(engine.store, id) === undefined) lock.discard();
  return false;
}

/** Whether nothing of the container may be in the kernel: it does not run, and no command is working on it. Asked afresh, after a look at the kernel. */
export function isAtRest(engine: Engine, id: string): boolean {
  if (isBusy(engine, id)) return false;
  const status = getState(engine.live, id)?.status;
  return status === undefined || status === "created" || status === "exited";
}
