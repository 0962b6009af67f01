import type { Database, SQLQueryBindings } from "bun:sqlite";
import { isEstibaError } from "../../lib/error.ts";
import { randomHex } from "../../lib/random-hex.ts";
import { openDatabase, transaction } from "../../state/database.ts";
import { Broadcast } from "./broadcast.ts";
import { compacted } from "./compacted.ts";
import type { Change, Changes, Committed, Compare, Entry, Lease, Operation, Store } from "./contract.ts";

/** `entry` is what is there now: a list never reads what was there before. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entry (
     key TEXT PRIMARY KEY, value TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, lease TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE log (
     revision INTEGER NOT NULL, key TEXT NOT NULL, value TEXT, created INTEGER NOT NULL, PRIMARY KEY (revision, key)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE mark (name TEXT PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   INSERT INTO mark VALUES ('now', 1), ('compacted', 0);`,
];

/** So many revisions can be watched from. */
const KEPT_REVISIONS = 10_000;
/** So many are forgotten at once: no commit waits long for that. */
const FORGOTTEN_AT_ONCE = 200;

type Row = { readonly key: string; readonly value: string; readonly created: number; readonly modified: number };
type Logged = {
  readonly revision: number;
  readonly key: string;
  readonly value: string | null;
  readonly created: number;
};

/**
 * A store in one SQLite file, which belongs to this process alone as long as it is open. Leases end with the process. A commit is on disk
 * when it has been made.
 */
export function openSqliteStore(path: string, kept: number = KEPT_REVISIONS): Store {
  const database = openDatabase(path, { synchronous: "FULL", migrations: MIGRATIONS });
  const watchers = new Broadcast();
  const write: Commit = (compares, operations) => {
    const { committed, changes } = transaction(database, () => change(database, compares, operations));
    if (changes.length > 0) watchers.tell({ revision: committed.revision, changes });
    if (committed.succeeded) forget(database, kept);
    return committed;
  };
  const leases: Leases = { held: new Map(), overdue: true };
  const sweep = (): void => endLeases(database, leases, write);
  const commit: Commit = (compares, operations) => {
    if (leases.overdue) sweep();
    return write(compares, operations);
  };
  whereRoom(sweep);
  return {
    range: async (prefix) =>
      await Promise.resolve(
        transaction(database, () => ({ entries: entriesOf(database, prefix), revision: mark(database, "now") })),
      ),
    commit: async (compares, operations) => await Promise.try(() => commit(compares, operations)),
    watch: (prefix, from, signal) =>
      watchers.follow({ prefix, from, signal, earlier: () => logged(database, prefix, from) }),
    grantLease: async (ttlMs) => await Promise.resolve(makeLease(leases, sweep, ttlMs)),
    [Symbol.asyncDispose]: async () => {
      for (const timer of leases.held.values()) clearTimeout(timer);
      watchers.close();
      database.close();
      await Promise.resolve();
    },
  };
}

type Commit = (compares: readonly Compare[], operations: readonly Operation[]) => Committed;

function change(
  database: Database,
  compares: readonly Compare[],
  operations: readonly Operation[],
): { committed: Committed; changes: Change[] } {
  const before = mark(database, "now");
  if (!compares.every((compare) => holds(database, compare)))
    return { committed: { succeeded: false, revision: before }, changes: [] };
  const revision = before + 1;
  const changes = operations.flatMap((operation) => applyOne(database, operation, revision) ?? []);
  // As in etcd, what changes nothing makes no revision.
  if (changes.length === 0) return { committed: { succeeded: true, revision: before }, changes };
  run(database, "UPDATE mark SET revision = ? WHERE name = 'now'", revision);
  return { committed: { succeeded: true, revision }, changes };
}

function applyOne(database: Database, operation: Operation, revision: number): Change | undefined {
  const { key } = operation;
  const old = find(database, key);
  if (operation.kind === "delete") {
    if (old === undefined) return undefined;
    run(database, "DELETE FROM entry WHERE key = ?", key);
    run(database, "INSERT INTO log VALUES (?, ?, NULL, ?)", revision, key, old.created);
    return { kind: "delete", key, modRevision: revision };
  }
  const { value, lease = null } = operation;
  const created = old?.created ?? revision;
  run(database, "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", key, value, created, revision, lease);
  run(database, "INSERT INTO log VALUES (?, ?, ?, ?)", revision, key, value, created);
  return { kind: "put", entry: { key, value, createRevision: created, modRevision: revision } };
}

function holds(database: Database, { key, what, at }: Compare): boolean {
  const found = find(database, key);
  return (what === "created" ? found?.created : found?.modified) === (at === 0 ? undefined : at);
}

function find(database: Database, key: string): Row | undefined {
  return (
    database.query<Row, [string]>("SELECT key, value, created, modified FROM entry WHERE key = ?").get(key) ?? undefined
  );
}

function entriesOf(database: Database, prefix: string): Entry[] {
  const sql = "SELECT key, value, created, modified FROM entry WHERE key >= ? AND key < ? ORDER BY key";
  return database.query<Row, [string, string]>(sql).all(prefix, endOf(prefix)).map(entryOf);
}

function entryOf({ key, value, created, modified }: Row): Entry {
  return { key, value, createRevision: created, modRevision: modified };
}

// Keys are ASCII: nothing that begins so is greater.
function endOf(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}

/** What the log has of keys that begin so. */
function logged(database: Database, prefix: string, from: number): Changes[] {
  if (from <= mark(database, "compacted")) throw compacted(from);
  const sql = "SELECT revision, key, value, created FROM log WHERE revision >= ? ORDER BY revision, key";
  const commits = new Map<number, Change[]>();
  for (const { revision, key, value, created } of database.query<Logged, [number]>(sql).all(from)) {
    if (!key.startsWith(prefix)) continue;
    const changes = commits.get(revision) ?? [];
    commits.set(revision, changes);
    if (value === null) changes.push({ kind: "delete", key, modRevision: revision });
    else changes.push({ kind: "put", entry: { key, value, createRevision: created, modRevision: revision } });
  }
  return [...commits].map(([revision, changes]) => ({ revision, changes }));
}

/** Forgets the oldest revisions, a few at a time; the room is used again. */
function forget(database: Database, kept: number): void {
  const done = mark(database, "compacted");
  const due = mark(database, "now") - kept;
  if (due < done + FORGOTTEN_AT_ONCE) return;
  const until = done + FORGOTTEN_AT_ONCE;
  transaction(database, () => {
    run(database, "DELETE FROM log WHERE revision <= ?", until);
    run(database, "UPDATE mark SET revision = ? WHERE name = 'compacted'", until);
  });
}

function mark(database: Database, name: "now" | "compacted"): number {
  return (
    database.query<{ revision: number }, [string]>("SELECT revision FROM mark WHERE name = ?").get(name)?.revision ?? 0
  );
}

function run(database: Database, sql: string, ...values: SQLQueryBindings[]): void {
  database.query(sql).run(...values);
}

type Leases = {
  /** Those that are in force, with what ends them. */
  readonly held: Map<string, Timer>;
  /** There may be what belongs to others; in the beginning, what the process before this one held. */
  overdue: boolean;
};

function endLeases(database: Database, leases: Leases, write: Commit): void {
  const leased = database
    .query<{ key: string; lease: string }, []>("SELECT key, lease FROM entry WHERE lease IS NOT NULL")
    .all();
  const over = leased.filter(({ lease }) => !leases.held.has(lease));
  if (over.length > 0)
    write(
      [],
      over.map(({ key }) => ({ kind: "delete", key })),
    );
  leases.overdue = false;
}

// Without room on its disk, a lease ends for the others with the next commit.
function whereRoom(sweep: () => void): void {
  try {
    sweep();
  } catch (error) {
    if (!isEstibaError(error, "exhausted")) throw error;
  }
}

function makeLease(leases: Leases, sweep: () => void, ttlMs: number): Lease {
  const id = randomHex(8);
  const end = (): void => {
    clearTimeout(leases.held.get(id));
    if (!leases.held.delete(id)) return;
    leases.overdue = true;
    whereRoom(sweep);
  };
  leases.held.set(id, setTimeout(end, ttlMs));
  return {
    id,
    keepAlive: async () => {
      const timer = leases.held.get(id);
      clearTimeout(timer);
      if (timer !== undefined) leases.held.set(id, setTimeout(end, ttlMs));
      return await Promise.resolve(timer !== undefined);
    },
    revoke: async () => {
      end();
      await Promise.resolve();
    },
  };
}
