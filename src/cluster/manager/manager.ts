import { EstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { TaskStatus } from "../model/task.ts";
import type { Compare, Operation, Store } from "../store/contract.ts";
import type { Vault } from "../trust/vault.ts";
import { type Calls, makeCalls } from "./calls.ts";
import { makeClock } from "./clock.ts";
import { type Contact, makeContact, storeSilent } from "./contact.ts";
import { type Endings, makeEndings } from "./endings.ts";
import type { Replica } from "./replica.ts";
import type { Term } from "./term.ts";
import { makeUsages, type Usages } from "./usages.ts";

/** A write in the making, from what is known now. */
export type Write = { readonly compares: readonly Compare[]; readonly operations: readonly Operation[] };

/** What a manager works on. */
export type Manager = {
  readonly nodeId: string;
  readonly store: Store;
  readonly replica: Replica;
  /** Encrypts what secrets and configs say. */
  readonly vault: Vault;
  readonly contact: Contact;
  /** The term, while this manager leads. */
  term: Term | undefined;
  /** It makes the cluster where there is none. */
  mayFound: boolean;
  /** It is known that no other machine is this manager. */
  hasEntered: boolean;
  /** Its state is on the way to another place: nobody leads, and nothing is written. */
  isMoving: boolean;
  /** What nodes have said of their tasks, and is not written down yet. */
  readonly inbox: Map<string, { readonly nodeId: string; readonly status: TaskStatus }>;
  /** Those among them that say that a task is over. */
  readonly endings: Endings;
  readonly calls: Calls;
  /** What nodes tell of what tasks use. */
  readonly usages: Usages;
  /** Has the leader look at the inbox. */
  wake: () => void;
  /** Milliseconds since the epoch, greater at each call: what is decided later is later. */
  readonly now: () => number;
};

const ATTEMPTS = 10;
const NEWS_MS = 20;

type Parts = Pick<Manager, "nodeId" | "store" | "replica" | "vault">;

export function makeManager({ nodeId, store, replica, vault }: Parts): Manager {
  return {
    nodeId,
    store,
    replica,
    vault,
    contact: makeContact(),
    term: undefined,
    mayFound: false,
    hasEntered: false,
    isMoving: false,
    inbox: new Map(),
    endings: makeEndings(),
    calls: makeCalls(),
    usages: makeUsages(),
    wake: () => undefined,
    now: makeClock(),
  };
}

/**
 * Writes what `build` makes of the state at this moment, while this manager leads; where somebody else was quicker, builds it anew. Resolves
 * when the replica has it. Throws `unavailable` without a term, or while the store is silent, and what `build` throws.
 */
export async function write(manager: Manager, build: () => Write): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { term } = manager;
    const lost = manager.contact.lost();
    if (lost !== undefined) throw storeSilent(lost);
    if (term === undefined || term.signal.aborted) throw noLeader();
    const { compares, operations } = build();
    const { succeeded, revision } = await manager.store.commit([term.fence, ...compares], operations);
    if (succeeded) return await manager.replica.reached(revision, term.signal);
    // What somebody else has written is on its way here.
    await pause(NEWS_MS, term.signal);
  }
  throw new EstibaError("unavailable", {
    reason: "cluster.contended",
    what: "the cluster's state changes too fast for this request",
    fix: "try it again",
    retryable: true,
  });
}

/** A put of an object that must be as it is known here. */
export function putOf(replica: Replica, key: string, value: unknown): { compare: Compare; operation: Operation } {
  return {
    compare: { key, what: "modified", at: replica.modified(key) },
    operation: { kind: "put", key, value: JSON.stringify(value) },
  };
}

/** The error for what only a leader can do, while there is none. Nothing was written. */
export function noLeader(): EstibaError {
  return new EstibaError("unavailable", {
    reason: "cluster.no_leader",
    what: "no manager leads the cluster at this moment",
    fix: "try it again in a few seconds; tasks run on meanwhile",
    retryable: true,
  });
}
