import type { ContainerRecord } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import { acquireLockSync } from "../state/lock.ts";
import { removeSnapshot } from "../storage/snapshot.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import type { Engine } from "./engine.ts";
import { containerLockPath } from "./locks.ts";

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
  // Who removes it has the lock until its files are gone.
  using lock = acquireLockSync(containerLockPath(engine, id));
  removeSnapshot(engine.paths.root, id);
  lock.discard();
  throw removedMeanwhile(name);
}
