/** What is kept under a key. Revisions count the commits of a store; each commit has one. */
export type Entry = {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
};

/** What must be true of a key for a commit to be made: when it was made, or last changed; 0 when it is not there. */
export type Compare = {
  readonly key: string;
  readonly what: "created" | "modified";
  readonly at: number;
};

export type Operation =
  | { readonly kind: "put"; readonly key: string; readonly value: string; readonly lease?: string }
  | { readonly kind: "delete"; readonly key: string };

export type Committed = {
  /** False: a comparison failed, and nothing was changed. */
  readonly succeeded: boolean;
  readonly revision: number;
};

/** `any`: as one member has it, which need not reach the others and may be behind. */
export type Freshness = "latest" | "any";

export type Found = { readonly entries: readonly Entry[]; readonly revision: number };

export type Change =
  | { readonly kind: "put"; readonly entry: Entry }
  | { readonly kind: "delete"; readonly key: string; readonly modRevision: number };

/** What one commit has changed of the keys that are watched. */
export type Changes = { readonly revision: number; readonly changes: readonly Change[] };

/** Keys that were put with it are deleted when it ends. */
export type Lease = {
  readonly id: string;
  /** Begins its time anew; false when it had ended. */
  readonly keepAlive: () => Promise<boolean>;
  readonly revoke: () => Promise<void>;
};

/**
 * Where the state of a cluster is: keys with values and revisions, as etcd has them. A call ends within a second or two: throws `unavailable`
 * when the store does not answer (whether a commit was made is then unknown), `exhausted` when it is full.
 */
export type Store = AsyncDisposable & {
  /** All keys that begin so, in order, as they were at one revision. */
  readonly range: (prefix: string, freshness?: Freshness) => Promise<Found>;
  /** Makes all of the changes in one revision, or none. At most {@link MOST_OPERATIONS}. */
  readonly commit: (compares: readonly Compare[], operations: readonly Operation[]) => Promise<Committed>;
  /**
   * Every change of keys that begin so, commit by commit, from a revision on, those before this call among them; none is lost or told
   * twice. Ends when the signal is aborted. Throws `not_found` (`cluster.compacted`) when the store has forgotten what is asked for: then
   * {@link range}, and watch from the revision after that.
   */
  readonly watch: (prefix: string, from: number, signal: AbortSignal) => AsyncGenerator<Changes>;
  readonly grantLease: (ttlMs: number) => Promise<Lease>;
};

/** etcd's own limit is 128, comparisons counted apart. */
export const MOST_OPERATIONS = 120;
