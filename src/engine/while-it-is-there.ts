import { isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import { acquireLock, type Lock, tryLock } from "../state/lock.ts";
import { removeSnapshot } from "../storage/snapshot.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import type { Engine } from "./engine.ts";
import { containerLockPath } from "./locks.ts";

/** Another process is soon done. */
const LOOKS = 20;
const LOOK_EVERY_MS = 5;

/**
 * What is read of a container's files without its lock. A container is forgotten before its files are deleted: while it is known, all of them
 * were read. Throws `not_found` where it was removed before the end, whatever the reading came upon, and takes away what that has made anew.
 */
export function* whileItIsThere<T>(
  engine: Engine,
  { id, name }: ContainerRecord,
  read: () => Generator<T, void, undefined>,
): Generator<T, void, undefined> {
  const isThere = (): boolean => getContainer(engine.store, id) !== undefined;
  try {
    yield* read();
  } catch (error) {
    if (isThere()) throw error;
  }
  if (isThere()) return;
  sweep(engine, id);
  throw removedMeanwhile(name);
}

/** Takes away what was made anew. Who removes the container has the lock until its files are gone, and may be a task of this very process. */
function sweep(engine: Engine, id: string): void {
  const path = containerLockPath(engine, id);
  for (let look = 0; look < LOOKS; look++) {
    using lock = tryLock(path);
    if (lock !== undefined) return removeUnder(engine, id, lock);
    Bun.sleepSync(LOOK_EVERY_MS);
  }
  void sweepLater(engine, id);
}

// What is not swept by the end of this process is told of by system check.
async function sweepLater(engine: Engine, id: string): Promise<void> {
  try {
    using lock = await acquireLock(containerLockPath(engine, id));
    removeUnder(engine, id, lock);
  } catch (error) {
    if (!isEstibaError(error, "timeout")) throw error;
  }
}

function removeUnder(engine: Engine, id: string, lock: Lock): void {
  removeSnapshot(engine.paths.root, id);
  lock.discard();
}
