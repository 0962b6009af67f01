import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Compare, Lease, Store } from "../store/contract.ts";
import { KEYS } from "./keys.ts";
import { newerState } from "./known.ts";
import type { Manager } from "./manager.ts";
import type { Leader, Replica } from "./replica.ts";

/** A leader that is gone without a word is missed for so long. etcd grants no less than two seconds. */
const LEASE_MS = 3_000;
const RENEW_MS = 700;
const ASK_AGAIN_MS = 100;
/** A change that this manager was not told of is found out by asking. */
const LONGEST_WAIT_MS = 5_000;

/** The time in which one manager decides for the cluster. */
export type Term = {
  /** Goes with every write: one that comes late, from a manager that leads no more, changes nothing. */
  readonly fence: Compare;
  /** Aborted when the term is over. */
  readonly signal: AbortSignal;
};

type Work = (term: Term) => Promise<void>;

/** Leads whenever no other manager does, until the signal is aborted: `work` is called for each term, and ends with it. */
export async function leadWhenever(manager: Manager, signal: AbortSignal, work: Work): Promise<void> {
  while (!signal.aborted) {
    try {
      const { contact, replica } = manager;
      // Somebody leads who knows more.
      if (contact.full()?.reason === "cluster.newer_state" && replica.leader() !== undefined)
        contact.noteFull(undefined);
      await vacancy(manager, signal);
      const newer = newerState(replica);
      if (newer !== undefined) contact.noteFull(newer);
      else if (!signal.aborted && mayLead(manager)) await leadOnce(manager, signal, work);
    } catch (error) {
      // The store is out of reach, or full.
      if (!isEstibaError(error, "unavailable", "exhausted")) throw error;
      if (error.code === "exhausted") manager.contact.noteFull(error);
    }
    await pause(ASK_AGAIN_MS, signal);
  }
}

/** Ends the term of a leader that is known to be gone: who leads next need not wait for the end of its lease. */
export async function depose(store: Store, { revision }: Leader): Promise<void> {
  await store.commit([{ key: KEYS.leader, what: "created", at: revision }], [{ kind: "delete", key: KEYS.leader }]);
}

// Before there is a cluster its first manager makes it; afterwards only those lead that it knows as managers. A state that is gone is none.
function mayLead({ replica, nodeId, isMoving, mayFound }: Manager): boolean {
  if (isMoving) return false;
  return mayFound || (replica.cluster() !== undefined && replica.nodes.get(nodeId)?.role === "manager");
}

async function vacancy({ replica, store, nodeId }: Manager, signal: AbortSignal): Promise<void> {
  const leader = replica.leader();
  if (leader === undefined) return;
  // A process of this node that was killed: no other one can be this node.
  if (leader.nodeId === nodeId) return await depose(store, leader);
  const over = new AbortController();
  const end = (): void => over.abort();
  using _listening = replica.onChange(() => {
    if (replica.leader() === undefined) end();
  });
  signal.addEventListener("abort", end, { once: true });
  await pause(LONGEST_WAIT_MS, over.signal);
  signal.removeEventListener("abort", end);
}

async function leadOnce(manager: Manager, signal: AbortSignal, work: Work): Promise<void> {
  const { store, replica, nodeId, contact } = manager;
  const lease = await store.grantLease(LEASE_MS);
  const vacant: Compare = { key: KEYS.leader, what: "created", at: 0 };
  const won = await store.commit([vacant], [{ kind: "put", key: KEYS.leader, value: nodeId, lease: lease.id }]);
  contact.noteFull(undefined);
  if (!won.succeeded) return await lease.revoke();
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener("abort", end, { once: true });
  using _listening = replica.onChange(() => {
    if (isOver(replica, won.revision)) end();
  });
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

// Somebody has taken the office away; the lease alone would not tell.
function isOver(replica: Replica, revision: number): boolean {
  return replica.revision() >= revision && replica.leader()?.revision !== revision;
}

/** Keeps the lease; when that fails for as long as it lasts, another one may lead already. */
async function renew(lease: Lease, over: AbortController): Promise<void> {
  const end = (): void => over.abort();
  const last = { timer: setTimeout(end, LEASE_MS) };
  try {
    while (!over.signal.aborted) {
      await pause(RENEW_MS, over.signal);
      if (over.signal.aborted) return;
      const asked = performance.now();
      try {
        if (!(await lease.keepAlive())) return end();
        clearTimeout(last.timer);
        last.timer = setTimeout(end, LEASE_MS - (performance.now() - asked));
      } catch (error) {
        if (!isEstibaError(error, "unavailable", "exhausted")) throw error;
      }
    }
  } finally {
    clearTimeout(last.timer);
  }
}

// So that the next one need not wait for its end.
async function giveUp(lease: Lease): Promise<void> {
  try {
    await lease.revoke();
  } catch (error) {
    if (!isEstibaError(error, "unavailable", "internal", "exhausted")) throw error;
  }
}
