import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Compare, Lease, Store } from "../store/contract.ts";
import { KEYS } from "./keys.ts";

const LEASE_MS = 5_000;
const RENEW_MS = 1_500;
const ASK_AGAIN_MS = 500;

/** The time in which one manager decides for the cluster. */
export type Term = {
  /** Goes with every write: one that comes late, from a manager that leads no more, changes nothing. */
  readonly fence: Compare;
  /** Aborted when the term is over. */
  readonly signal: AbortSignal;
};

/** Leads whenever no other manager does, until the signal is aborted: `work` is called for each term, and ends with it. */
export async function leadWhenever(
  store: Store,
  nodeId: string,
  signal: AbortSignal,
  work: (term: Term) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await leadOnce(store, nodeId, signal, work);
    } catch (error) {
      if (!isEstibaError(error, "unavailable")) throw error;
    }
    await pause(ASK_AGAIN_MS, signal);
  }
}

async function leadOnce(
  store: Store,
  nodeId: string,
  signal: AbortSignal,
  work: (term: Term) => Promise<void>,
): Promise<void> {
  const lease = await store.grantLease(LEASE_MS);
  const vacant: Compare = { key: KEYS.leader, what: "created", at: 0 };
  const won = await store.commit([vacant], [{ kind: "put", key: KEYS.leader, value: nodeId, lease: lease.id }]);
  if (!won.succeeded) return await lease.revoke();
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener("abort", end, { once: true });
  const renewing = renew(lease, over);
  try {
    await work({ fence: { ...vacant, at: won.revision }, signal: over.signal });
  } finally {
    signal.removeEventListener("abort", end);
    over.abort();
    await renewing;
    await giveUp(lease);
  }
}

/** Keeps the lease; when that fails for as long as it lasts, another one may lead already. */
async function renew(lease: Lease, over: AbortController): Promise<void> {
  let kept = performance.now();
  while (!over.signal.aborted) {
    await pause(RENEW_MS, over.signal);
    if (over.signal.aborted) return;
    try {
      if (!(await lease.keepAlive())) return over.abort();
      kept = performance.now();
    } catch (error) {
      if (!isEstibaError(error, "unavailable")) throw error;
      if (performance.now() - kept > LEASE_MS) over.abort();
    }
  }
}

// So that the next one need not wait for its end.
async function giveUp(lease: Lease): Promise<void> {
  try {
    await lease.revoke();
  } catch (error) {
    if (!isEstibaError(error, "unavailable", "internal")) throw error;
  }
}
