import { join } from "node:path";
import { acquireLock, type Lock } from "../state/lock.ts";
import type { Engine } from "./engine.ts";

/** The lock of one container. Order of locks: container, network, storage, image. Never held while a user's process is waited for. */
export async function lockContainer(engine: Engine, id: string): Promise<Lock> {
  return await acquireLock(join(engine.paths.locks, `container-${id}`));
}
