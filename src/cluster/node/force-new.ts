import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { KEYS } from "../manager/keys.ts";
import type { Store } from "../store/contract.ts";
import { readItems } from "../store/transfer.ts";
import { type ManagerIdentity, requireManager, type StorePlace } from "./identity.ts";
import { installState } from "./install-state.ts";
import { lockOutNode } from "./node-lock.ts";
import { reviveNode } from "./revive.ts";
import { openStore } from "./store-place.ts";
import { FLEETING, nodeIn, withOnlyManager } from "./take-over.ts";

/**
 * Makes this manager the only one of its cluster, with the state as one member of an etcd that has lost its majority still has it. Throws
 * `wrong_state` while the etcd answers: then nothing is lost; `unavailable` when none of its members is left.
 */
export async function forceNewCluster(engine: Engine, store: StorePlace): Promise<ManagerIdentity> {
  const before = requireManager(engine);
  if (before.store.kind === "sqlite") throw nothingLost("its state is in a file of this manager, the only one");
  await using old = openStore(engine, before);
  if (await answers(old)) throw nothingLost("its etcd answers");
  const items = await readItems(old, { except: FLEETING, freshness: "any" });
  const own = nodeIn(items, before.nodeId);
  if (own === undefined) {
    throw new EstibaError("not_found", {
      reason: "cluster.node_removed",
      what: "the state that is left does not know this manager",
      fix: "restore a backup: estiba swarm leave --force, estiba swarm store restore FILE",
    });
  }
  const identity: ManagerIdentity = { ...before, store };
  {
    using _place = await lockOutNode(engine);
    await installState(engine, identity, withOnlyManager(items, { ...own, role: "manager", state: "ready" }));
  }
  await reviveNode(engine);
  return identity;
}

async function answers(store: Store): Promise<boolean> {
  try {
    await store.range(KEYS.cluster);
    return true;
  } catch (error) {
    if (!isEstibaError(error, "unavailable")) throw error;
    return false;
  }
}

function nothingLost(why: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "cluster.nothing_lost",
    what: `the cluster need not be begun anew: ${why}`,
    fix: "make managers that are lost workers: estiba node demote, estiba node rm",
  });
}
