import type { Database } from "bun:sqlite";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { openDatabase, transaction } from "./database.ts";
import { LIVE_MIGRATIONS } from "./live-schema.ts";
import { makeReserves, type ReservePaths } from "./reserve.ts";

type LivePaths = ReservePaths & { readonly live: string };

/**
 * Opens the volatile database. A run root that outlived a reboot (not on tmpfs, or restored) is recognised by its boot id: every row in
 * it speaks of processes that are gone, so the rows go too.
 */
export function openLiveDatabase(paths: LivePaths, acceptNewer: boolean): Database {
  mkdirSync(dirname(paths.live), { recursive: true, mode: 0o700 });
  const database = openDatabase(paths.live, { synchronous: "OFF", migrations: LIVE_MIGRATIONS, acceptNewer });
  const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  if (stampOf(database) === bootId) return database;
  transaction(database, () => restamp(database, bootId));
  makeReserves(paths);
  return database;
}

function stampOf(database: Database): string | undefined {
  return database.query<{ id: string }, []>("SELECT id FROM boot").get()?.id;
}

function restamp(database: Database, bootId: string): void {
  if (stampOf(database) === bootId) return;
  const tables = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  for (const { name } of tables) database.run(`DELETE FROM "${name}"`);
  database.run("INSERT INTO boot (id) VALUES (?)", [bootId]);
}
