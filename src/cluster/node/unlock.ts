import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { askNode } from "../door/client.ts";
import type { ClusterInfo } from "../door/wire.ts";

const LOOK_MS = 20;

/** Whether this manager waits for its unlock key. Throws `wrong_state` where there is none. */
export async function isLocked(engine: Engine): Promise<boolean> {
  const ask = await askNode(engine);
  return (await ask<ClusterInfo>("GET", "/info")).isLocked === true;
}

/** Gives this manager its unlock key; resolves when it takes part in the cluster again. Throws `wrong_state` when it is not locked, `invalid` for another key. */
export async function unlockManager(engine: Engine, unlockKey: string): Promise<void> {
  if (!(await isLocked(engine))) throw notLocked();
  const ask = await askNode(engine);
  await ask("POST", "/unlock", { unlockKey });
  // Its process begins anew as a manager.
  while (await seemsLocked(engine)) await Bun.sleep(LOOK_MS);
}

async function seemsLocked(engine: Engine): Promise<boolean> {
  try {
    return await isLocked(engine);
  } catch (error) {
    // It was asked at the moment in which it begins anew.
    if (!isEstibaError(error) || error.reason !== "cluster.node_gone") throw error;
    return true;
  }
}

/** The error of a manager that needs no key. */
export function notLocked(): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "cluster.not_locked",
    what: "swarm is not locked",
    fix: "managers lock when their process ends, where that is wanted: estiba swarm update --autolock",
  });
}
