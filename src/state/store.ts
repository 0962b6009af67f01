import type { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { spreadFolders } from "../host/spread-folders.ts";
import { openDatabase } from "./database.ts";
import { DURABLE_MIGRATIONS } from "./durable-schema.ts";
import { makeReserves, type ReservePaths } from "./reserve.ts";

type StorePaths = ReservePaths & { readonly store: string; readonly storeId: string; readonly containers: string };

/** Opens the durable database, making it and its private folder where they are missing. Errors as {@link openDatabase}. */
export function openStore(paths: StorePaths, acceptNewer: boolean): Database {
  const isNew = !existsSync(paths.store);
  if (isNew) makeFolders(paths);
  const store = openDatabase(paths.store, { synchronous: "FULL", migrations: DURABLE_MIGRATIONS, acceptNewer });
  // A mark that is there already belongs to a database that was lost: it stays, and `system check` tells.
  if (isNew && !existsSync(paths.storeId)) writeFileSync(paths.storeId, storeIdOf(store), { mode: 0o600 });
  if (isNew) makeReserves(paths);
  return store;
}

function makeFolders(paths: StorePaths): void {
  for (const folder of [dirname(paths.store), paths.containers]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  spreadFolders(paths.containers);
}

/** Whether the folders beside the database were made with another one: it was lost, and what looks like nobody's is somebody's. */
export function isStoreLost(store: Database, paths: StorePaths): boolean {
  return existsSync(paths.storeId) && readFileSync(paths.storeId, "utf8") !== storeIdOf(store);
}

function storeIdOf(store: Database): string {
  return store.query<{ id: string }, []>("SELECT id FROM store").get()?.id ?? "";
}
