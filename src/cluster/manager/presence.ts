import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Lease } from "../store/contract.ts";
import { managerKey } from "./keys.ts";
import type { Manager } from "./manager.ts";

const LEASE_MS = 4_000;
const RENEW_MS = 1_000;
/** So long the word of a process that was killed may stand. */
const PATIENCE_MS = 1.5 * LEASE_MS;
const LOOK_MS = 200;

/**
 * Keeps it known that this manager is there, until the signal; `entered` is called as soon as, and whenever, that is so. `session` is the
 * same for all processes of one machine, of which only one runs. Throws `conflict` when another machine is the same manager.
 */
export async function stayPresent(
  manager: Manager,
  {
    session,
    entered,
    signal,
  }: { readonly session: string; readonly entered: () => void; readonly signal: AbortSignal },
): Promise<void> {
  const state: { lease?: Lease } = {};
  try {
    while (!signal.aborted) {
      try {
        if (!((await state.lease?.keepAlive()) ?? false)) state.lease = await enter(manager, session, signal);
        manager.hasEntered = true;
        entered();
      } catch (error) {
        // The store is out of reach: whether somebody else was quicker meanwhile is seen when it is back.
        if (!isEstibaError(error, "unavailable", "exhausted")) throw error;
        // In a full one nobody can write anything in this manager's name: it shows what there is.
        if (error.code === "exhausted") {
          manager.contact.noteFull(error);
          entered();
        }
      }
      await pause(RENEW_MS, signal);
    }
  } finally {
    await quietly(async () => await state.lease?.revoke());
  }
}

async function enter(manager: Manager, session: string, signal: AbortSignal): Promise<Lease> {
  const { store, nodeId } = manager;
  const key = managerKey(nodeId);
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = (await store.range(key)).entries.find((entry) => entry.key === key);
    if (found === undefined || found.value === session) {
      const lease = await store.grantLease(LEASE_MS);
      const compare = { key, what: "modified", at: found?.modRevision ?? 0 } as const;
      const { succeeded } = await store.commit([compare], [{ kind: "put", key, value: session, lease: lease.id }]);
      manager.contact.noteFull(undefined);
      if (succeeded) return lease;
      await lease.revoke();
    }
    if (performance.now() > deadline) throw twice(nodeId);
    await pause(LOOK_MS, signal);
    if (signal.aborted)
      throw new EstibaError("unavailable", { reason: "cluster.node_gone", what: "the node's process ends" });
  }
}

async function quietly(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // It ends by itself.
    if (!isEstibaError(error, "unavailable", "internal", "not_found")) throw error;
  }
}

function twice(nodeId: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "cluster.same_identity",
    what: `another machine is manager ${nodeId} already: its data was copied here`,
    fix: "have this one leave and join anew: estiba swarm leave --force, estiba swarm join",
  });
}
