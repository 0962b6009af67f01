import type { Database } from "bun:sqlite";
import type { Engine } from "../engine.ts";
import type { Finding } from "./finding.ts";

/** Whether both databases are sound by SQLite's own check. */
export function checkDatabases(engine: Engine): Finding[] {
  return [...checkDatabase(engine.store, engine.paths.store), ...checkDatabase(engine.live, engine.paths.live)];
}

function checkDatabase(database: Database, path: string): Finding[] {
  const rows = database.query<{ quick_check: string }, []>("PRAGMA quick_check").all();
  return rows
    .filter(({ quick_check }) => quick_check !== "ok")
    .map(({ quick_check }) => ({ kind: "database", what: `${path}: ${quick_check}`, repair: undefined }));
}
