import { statSync } from "node:fs";
import { join } from "node:path";
import { getContainer } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { finishContainer } from "./finish.ts";
import { lockContainer } from "./locks.ts";

/**
 * The exit hook: conmon calls it when a container has ended. Another command may have cleaned up already: then the bundle is gone, and
 * there is nothing left to do.
 */
export async function cleanupContainer(engine: Engine, id: string): Promise<void> {
  if (bundleIsGone(engine, id)) return;
  using lock = await lockContainer(engine, id);
  if (bundleIsGone(engine, id)) {
    // Waiting for the lock may have made its file anew after its container was gone.
    if (isGone(join(engine.paths.containers, id))) lock.discard();
    return;
  }
  const record = getContainer(engine.store, id);
  if (record === undefined) return lock.discard();
  await finishContainer(engine, record);
  if (getContainer(engine.store, id) === undefined) lock.discard();
}

function bundleIsGone(engine: Engine, id: string): boolean {
  return isGone(join(engine.paths.bundles, id));
}

function isGone(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) === undefined;
}
