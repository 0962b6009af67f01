import { Database } from "bun:sqlite";
import { closeSync, existsSync, fdatasyncSync, openSync } from "node:fs";
import { EstibaError } from "../lib/error.ts";

type OpenOptions = {
  /** FULL for what must survive a power cut, NORMAL for what may be lost by one, OFF for what a reboot empties anyway. */
  synchronous: "FULL" | "NORMAL" | "OFF";
  /** One SQL script per schema version; `user_version` counts those applied. */
  migrations: readonly string[];
  /** Accept a file written by a newer Estiba (the exit hook must work across an upgrade). */
  acceptNewer?: boolean;
};

const BUSY_TIMEOUT_MS = 100_000;
const BUSY_PAUSE_MS = 2;
/**
 * Pages of the log at which the next transaction begins it anew. Short: whoever opens the file first reads all of it, which takes 6 us a
 * page. Not too short: folding it takes two syncs.
 */
const LOG_PAGES = 80;
/** The same for a file that is never synced: to fold its log costs next to nothing. */
const UNSYNCED_LOG_PAGES = 16;

/** Databases whose transactions are to be on the disk when they are over, and whose log has been there long enough to be found again. */
const LASTING = new WeakSet<Database>();

/**
 * Opens one SQLite file in WAL mode and brings its schema up to date. The caller never needs to close it: closing the last connection
 * would checkpoint, which costs more than the next opener's recovery.
 * Throws `unsupported` for a newer schema, `corrupt` for what is no database.
 */
export function openDatabase(path: string, options: OpenOptions): Database {
  const hasLog = options.synchronous === "FULL" && existsSync(logOf(path));
  const database = openFile(path);
  try {
    // For who writes without a transaction of ours.
    const logPages = options.synchronous === "OFF" ? UNSYNCED_LOG_PAGES : 2 * LOG_PAGES;
    database.run(`
      PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS};
      PRAGMA synchronous = ${options.synchronous};
      PRAGMA foreign_keys = ON;
      PRAGMA wal_autocheckpoint = ${logPages};
    `);
    migrate(database, path, options);
  } catch (error) {
    throw explained(error, path);
  }
  if (hasLog) LASTING.add(database);
  return database;
}

/** Runs `work` between BEGIN IMMEDIATE and COMMIT, synchronously; a throw rolls back. Nested calls join the outer transaction. */
export function transaction<T>(database: Database, work: () => T): T {
  if (database.inTransaction || !LASTING.has(database)) return commit(database, work);
  const value = fleetingTransaction(database, work);
  syncLog(database);
  return value;
}

/**
 * Like {@link transaction}, but not yet on the disk: for who has something to do meanwhile, and calls {@link syncLog} before it tells
 * anybody that it is done.
 */
export function transactionToSync<T>(database: Database, work: () => T): T {
  return (LASTING.has(database) ? fleetingTransaction : transaction)(database, work);
}

/**
 * Like {@link transaction} on the durable database, but a power cut may take it back: for what would not survive a reboot anyway. Other
 * processes see it at once, and it is never taken back in part.
 */
export function fleetingTransaction<T>(database: Database, work: () => T): T {
  database.run("PRAGMA synchronous = NORMAL");
  try {
    return commit(database, work);
  } finally {
    database.run("PRAGMA synchronous = FULL");
  }
}

/**
 * Waits until every transaction of a durable database is on the disk. SQLite's own way does so with the database locked, and with the
 * folder each time (it cannot tell a new log from an old one): that takes twice as long, and others wait for it.
 */
export function syncLog(database: Database): void {
  if (!LASTING.has(database)) return;
  try {
    const fd = openSync(logOf(database.filename), "r+");
    try {
      fdatasyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw diskFails(database.filename, error);
  }
}

function logOf(path: string): string {
  return `${path}-wal`;
}

function commit<T>(database: Database, work: () => T): T {
  if (database.inTransaction) return work();
  try {
    shortenLog(database);
    database.run("BEGIN IMMEDIATE");
    const value = work();
    database.run("COMMIT");
    return value;
  } catch (error) {
    // A full disk may have ended the transaction already.
    if (database.inTransaction) database.run("ROLLBACK");
    throw explained(error, database.filename);
  }
}

/**
 * Folds a long log into the file, so that the transaction that follows begins it anew. SQLite's own way, after a commit, needs a second
 * transaction for that while somebody has the file open: the commands of a quiet host make one each, and their log would only grow.
 */
function shortenLog(database: Database): void {
  const log = database.query<{ log: number }, []>("PRAGMA wal_checkpoint(NOOP)").get();
  if (log === null || log.log < LOG_PAGES) return;
  try {
    database.run("PRAGMA wal_checkpoint(PASSIVE)");
  } catch (error) {
    // A longer log is no harm, and it is what makes room on a full disk (rm writes to it).
    if (!codeOf(error).startsWith("SQLITE_FULL")) throw error;
  }
}

function openFile(path: string): Database {
  try {
    return new Database(path, { create: true, readwrite: true, strict: true });
  } catch (error) {
    if (codeOf(error).startsWith("SQLITE_NOTADB")) throw corruptDatabase(path, error);
    throw new EstibaError("unavailable", {
      reason: "state.cannot_open",
      what: `cannot open the database ${path}`,
      cause: error,
      fix: "check the permissions and the free space of its folder",
    });
  }
}

function migrate(database: Database, path: string, options: OpenOptions): void {
  const target = options.migrations.length;
  const found = schemaVersion(database);
  if (found === target) return;
  if (found > target) {
    if (options.acceptNewer === true) return;
    throw new EstibaError("unsupported", {
      reason: "state.newer_schema",
      what: `${path} was written by a newer Estiba (schema ${found}, this one knows ${target})`,
      fix: "use that version of Estiba, or another --root",
    });
  }
  // WAL is a property of the file: set once, by whoever makes it.
  if (found === 0) beginLog(database);
  transaction(database, () => {
    for (const script of options.migrations.slice(schemaVersion(database))) database.run(script);
    database.run(`PRAGMA user_version = ${target}`);
  });
}

// Two that make the file at once hold what the other needs for this step. SQLite does not let either wait: it refuses one, without asking for
// the patience that it was given.
function beginLog(database: Database): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.run("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!codeOf(error).startsWith("SQLITE_BUSY") || performance.now() > deadline) throw error;
      Bun.sleepSync(BUSY_PAUSE_MS);
    }
  }
}

function schemaVersion(database: Database): number {
  return database.query<{ user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** What SQLite could not do, with what is to be done about it; any other error as it is. */
function explained(error: unknown, path: string): unknown {
  // Extended codes, such as SQLITE_IOERR_FSYNC, begin with the plain ones.
  const code = /^SQLITE_[A-Z]+/.exec(codeOf(error))?.[0];
  switch (code) {
    case "SQLITE_NOTADB":
    case "SQLITE_CORRUPT":
      return corruptDatabase(path, error);
    case "SQLITE_READONLY":
    case "SQLITE_CANTOPEN":
      return new EstibaError("unavailable", {
        reason: "state.read_only",
        what: `the database ${path} cannot be written`,
        cause: error,
        fix: "see that its file system is mounted writable (dmesg tells why one no longer is), and who owns the file",
      });
    case "SQLITE_FULL":
      return new EstibaError("exhausted", {
        reason: "state.disk_full",
        what: `there is no room for the database ${path}`,
        cause: error,
        fix: "make some: estiba system prune, or remove other files from its disk",
        retryable: true,
      });
    case "SQLITE_BUSY":
      return new EstibaError("unavailable", {
        reason: "state.busy",
        what: `another process has held the database ${path} for ${BUSY_TIMEOUT_MS / 1000} seconds`,
        cause: error,
        fix: `see which, and whether it is stopped: fuser -v ${path}`,
        retryable: true,
      });
    case "SQLITE_IOERR":
      return diskFails(path, error);
    default:
      return error;
  }
}

function diskFails(path: string, cause: unknown): EstibaError {
  return new EstibaError("unavailable", {
    reason: "state.disk_fails",
    what: `the database ${path} cannot be read or written: the disk fails`,
    cause,
    fix: "see dmesg for what is wrong with it; docs/recovery.md says what can be saved",
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function corruptDatabase(path: string, cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "state.corrupt",
    what: `${path} is not a sound database`,
    cause,
    fix: "keep a copy of its folder, then see docs/recovery.md",
  });
}
