import { statSync } from "node:fs";
import { join } from "node:path";
import { getContainer, getState } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { afterMember, finishContainer } from "./finish.ts";
import { lockContainer } from "./locks.ts";
import { mayRestart } from "./restart-policy.ts";

/**
 * The exit hook: conmon calls it when a container has ended. Another command may have cleaned up already: then the bundle is gone, and
 * there is nothing left to do.
 */
export async function cleanupContainer(engine: Engine, id: string): Promise<void> {
  if (bundleIsGone(engine, id)) return;
  const record = getContainer(engine.store, id);
  const restarts = await finishOnce(engine, id);
  if (record?.spec.pod !== undefined) await afterMember(engine, record);
  if (restarts) await (await import("./restart-again.ts")).waitAndRestart(engine, id);
}

/** True when its policy starts it again, and this process is to wait for that. */
async function finishOnce(engine: Engine, id: string): Promise<boolean> {
  using lock = await lockContainer(engine, id);
  if (bundleIsGone(engine, id)) {
    // Waiting for the lock may have made its file anew after its container was gone.
    if (isGone(join(engine.paths.containers, id))) lock.discard();
    return false;
  }
  const record = getContainer(engine.store, id);
  // Whoever is killed from here on leaves something that others must come to know of.
  if (record !== undefined && mayRestart(record)) (await import("./watcher/wake.ts")).ringBell(engine);
  if (record !== undefined) await finishContainer(engine, record, { takesOver: true });
  if (getContainer(engine.store, id) === undefined) lock.discard();
  return record !== undefined && mayRestart(record) && getState(engine.live, id)?.backoff !== undefined;
}

function bundleIsGone(engine: Engine, id: string): boolean {
  return isGone(join(engine.paths.bundles, id));
}

function isGone(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) === undefined;
}
