import type { Engine } from "../../engine/engine.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import type { Manager } from "../manager/manager.ts";
import { depose } from "../manager/term.ts";
import { readItems, replaceItems } from "../store/transfer.ts";
import { type ManagerIdentity, requireIdentity, requireManager, type StorePlace, writeIdentity } from "./identity.ts";
import { installState, removeState } from "./install-state.ts";
import { openStore } from "./store-place.ts";
import { FLEETING } from "./take-over.ts";

/**
 * Moves the state to another place while tasks run on; nothing is written in between. The manager works with it when it has begun anew. When
 * it fails, or the process is killed on the way, the state is where it was. Throws `wrong_state` for several managers, and for the place it
 * is at.
 */
export async function migrateState(engine: Engine, manager: Manager, place: StorePlace): Promise<void> {
  const { replica, store } = manager;
  const before = requireManager(engine);
  if (before.store.kind === place.kind) throw sameKind(place);
  const managers = [...replica.nodes.values()].filter(({ role }) => role === "manager");
  if (managers.length > 1) throw severalManagers(managers.length);
  manager.isMoving = true;
  try {
    const leader = replica.leader();
    // From here on no write carries a fence that holds.
    if (leader !== undefined) await depose(store, leader);
    const items = await readItems(store, { except: FLEETING, freshness: "latest" });
    await installState(engine, { ...requireManager(engine), store: place, formerStore: before.store }, items);
  } catch (error) {
    manager.isMoving = false;
    throw error;
  }
}

/** Takes away what is left of the state where it was before: it has the cluster's secrets. Called while no manager works with it. */
export async function removeFormerState(engine: Engine): Promise<void> {
  const identity = requireIdentity(engine);
  if (identity.role !== "manager" || identity.formerStore === undefined) return;
  const { formerStore, ...kept } = identity;
  if (formerStore.kind === "sqlite") removeState(engine);
  else if (!(await isCleared(engine, { ...kept, store: formerStore }))) return;
  writeIdentity(engine, kept);
}

async function isCleared(engine: Engine, former: ManagerIdentity): Promise<boolean> {
  await using store = openStore(engine, former);
  try {
    await replaceItems(store, []);
    return true;
  } catch (error) {
    if (!isEstibaError(error, "unavailable")) throw error;
    logDebug(() => `the former state stays in etcd until this process begins anew: ${error.message}`);
    return false;
  }
}

function sameKind({ kind }: StorePlace): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "cluster.same_store",
    what: kind === "sqlite" ? "the cluster's state is in a file already" : "the cluster's state is in an etcd already",
    fix: "members of an etcd are changed by its own means: etcdctl member",
  });
}

function severalManagers(count: number): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "cluster.several_managers",
    what: `a state in a file has one manager, and there are ${count}`,
    fix: "make the others workers first: estiba node demote",
  });
}
