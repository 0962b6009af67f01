import type { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { closeSync, constants, mkdirSync, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fdPath } from "../../host/openat.ts";
import type { FileStatus } from "../../host/statx.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { openDatabase, transaction } from "../../state/database.ts";

const SCHEMA = [
  `CREATE TABLE file (identity TEXT PRIMARY KEY, state TEXT NOT NULL, digest BLOB NOT NULL);
   CREATE TABLE tree (key TEXT PRIMARY KEY, digest TEXT NOT NULL);`,
];

/** A file that changes within a tick of the clock after it was read looks as it did: what is younger than this is read again. */
const SETTLED_MS = 2000;
const READ_BYTES = 1024 * 1024;
/** Rows kept; those written longest ago go first. */
const MOST_ROWS = 300_000;

/**
 * Digests of files and of trees that have been read before: of a file as long as device, inode, size and both times are what they were. It may
 * be lost at any time; then files are read again.
 */
export class FileDigests implements Disposable {
  readonly #path: string;
  readonly #now: () => number;
  #opened: Database | undefined;
  readonly #files = new Map<string, { readonly state: string; readonly digest: Uint8Array }>();
  readonly #trees = new Map<string, string>();

  /** `folder` is where it is kept; `now` tells the milliseconds since 1970. */
  constructor(folder: string, now: () => number = Date.now) {
    this.#path = join(folder, "digests.db");
    this.#now = now;
  }

  [Symbol.dispose](): void {
    this.#opened?.close();
  }

  /** The sha256 of a file, given by an O_PATH descriptor. Throws by errno. */
  ofFile(pinned: number, status: FileStatus): Uint8Array {
    const state = stateOf(status);
    const known = this.#files.get(status.identity) ?? this.#find(status.identity);
    if (known?.state === state) return known.digest;
    const before = this.#now();
    const digest = digestOfFile(pinned);
    const changed = Math.max(status.modified.seconds, status.changed.seconds) * 1000;
    if (changed + SETTLED_MS < before) this.#files.set(status.identity, { state, digest });
    return digest;
  }

  /** The digest kept for a tree that never changes and what is done with it. */
  ofTree(asked: readonly unknown[]): string | undefined {
    const query = this.#database().query<{ digest: string }, [string]>("SELECT digest FROM tree WHERE key = ?");
    return query.get(keyOf(asked))?.digest;
  }

  keepTree(asked: readonly unknown[], digest: string): void {
    this.#trees.set(keyOf(asked), digest);
  }

  /** Writes down what is new. */
  flush(): void {
    if (this.#files.size + this.#trees.size === 0) return;
    const database = this.#database();
    try {
      transaction(database, () => {
        const file = database.query("REPLACE INTO file (identity, state, digest) VALUES (?, ?, ?)");
        for (const [identity, { state, digest }] of this.#files) file.run(identity, state, digest);
        const tree = database.query("REPLACE INTO tree (key, digest) VALUES (?, ?)");
        for (const [key, digest] of this.#trees) tree.run(key, digest);
        for (const table of ["file", "tree"])
          database.run(`DELETE FROM ${table} WHERE rowid <= (SELECT max(rowid) FROM ${table}) - ${MOST_ROWS}`);
      });
    } catch (error) {
      // A build of what is in the cache needs no room on the disk: what is not written down is read again.
      if (!isEstibaError(error, "exhausted")) throw error;
    }
    this.#files.clear();
    this.#trees.clear();
  }

  #find(identity: string): { state: string; digest: Uint8Array } | undefined {
    const query = this.#database().query<{ state: string; digest: Uint8Array }, [string]>(
      "SELECT state, digest FROM file WHERE identity = ?",
    );
    return query.get(identity) ?? undefined;
  }

  #database(): Database {
    if (this.#opened !== undefined) return this.#opened;
    mkdirSync(join(this.#path, ".."), { recursive: true, mode: 0o700 });
    this.#opened = openOrReplace(this.#path);
    return this.#opened;
  }
}

function openOrReplace(path: string): Database {
  const options = { synchronous: "NORMAL", migrations: SCHEMA } as const;
  try {
    return openDatabase(path, options);
  } catch (error) {
    // Damaged, or of another version: nothing in it is worth more than the time to read the files again.
    if (!(error instanceof EstibaError && ["state.corrupt", "state.newer_schema"].includes(error.reason))) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
    return openDatabase(path, options);
  }
}

function stateOf({ sizeBytes, modified, changed }: FileStatus): string {
  return `${sizeBytes} ${modified.seconds}.${modified.nanoseconds} ${changed.seconds}.${changed.nanoseconds}`;
}

function digestOfFile(pinned: number): Uint8Array {
  const fd = openSync(fdPath(pinned), constants.O_RDONLY | constants.O_NONBLOCK);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const hash = createHash("sha256");
  try {
    for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer))
      hash.update(buffer.subarray(0, length));
    return hash.digest();
  } finally {
    closeSync(fd);
  }
}

function keyOf(asked: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(asked)).digest("hex");
}
