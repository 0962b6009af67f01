import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, getContainer } from "../state/containers.ts";
import { acquireLock, type Lock } from "../state/lock.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import type { Engine } from "./engine.ts";
import { listeningFile } from "./names/paths.ts";

/**
 * The lock of one container. Order of locks: container, network, storage, image. Never held while a user's process is waited for.
 * Whoever changes a container passes here: so this is where a watcher that was killed while it had work is started again.
 */
export async function lockContainer(engine: Engine, id: string): Promise<Lock> {
  if (existsSync(bellPath(engine))) (await import("./watcher/wake.ts")).reviveWatcher(engine);
  if (existsSync(listeningFile(engine))) await reviveKilledNames(engine);
  return await acquireLock(containerLockPath(engine, id));
}

export function containerLockPath(engine: Engine, id: string): string {
  return join(engine.paths.locks, `container-${id}`);
}

/** A container's lock, with the container as it is now that nobody else changes it. */
export type LockedContainer = Lock & { readonly record: ContainerRecord };

/** Finds a container and takes its lock. Throws `not_found`, as {@link lockRecord} does. */
export async function lockFound(engine: Engine, nameOrId: string): Promise<LockedContainer> {
  return await lockRecord(engine, findContainer(engine.store, nameOrId), nameOrId);
}

/**
 * Takes the lock of a container that was found before. Throws `not_found` where it was removed since; `asked` is what the user calls it.
 */
export async function lockRecord(
  engine: Engine,
  { id, name }: Pick<ContainerRecord, "id" | "name">,
  asked: string = name,
): Promise<LockedContainer> {
  const lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  if (record !== undefined) return { ...lock, record };
  // Waiting for it may have made its file anew.
  lock.discard();
  lock[Symbol.dispose]();
  throw removedMeanwhile(asked);
}

// With containers that have names, a look at who answers them.
async function reviveKilledNames(engine: Engine): Promise<void> {
  const { readListening, reviveNames } = await import("./names/wake.ts");
  if (readListening(engine) === undefined) reviveNames(engine);
}

/** The lock of a layer that is being brought from elsewhere; its file is there only meanwhile. */
export function layerLockPath(engine: Engine, hex: string): string {
  return join(engine.paths.locks, `layer-${hex}`);
}

/** A file that is there as long as the watcher has, or may have, something to do; writing it wakes the watcher. */
export function bellPath(engine: Engine): string {
  return join(engine.paths.watcher, "bell");
}
