import { mkdirSync, renameSync, rmSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { KEYS } from "../manager/keys.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { type Item, replaceItems } from "../store/transfer.ts";
import { type ManagerIdentity, writeIdentity } from "./identity.ts";
import { storePath } from "./paths.ts";
import { openStore } from "./store-place.ts";

const SUFFIXES = ["", "-wal", "-shm"];

/**
 * Gives this manager a state, in the place that its identity names, and then that identity: before the last step nothing has changed. Throws
 * `in_use` when a cluster with that state runs there.
 */
export async function installState(engine: Engine, identity: ManagerIdentity, items: readonly Item[]): Promise<void> {
  mkdirSync(engine.paths.cluster, { recursive: true, mode: 0o700 });
  if (identity.store.kind === "etcd") {
    await using store = openStore(engine, identity);
    if ((await store.range(KEYS.leader)).entries.length > 0) throw inUse(identity.store.endpoints);
    await replaceItems(store, items);
    return writeIdentity(engine, identity);
  }
  const draft = `${storePath(engine)}.new`;
  removeDatabase(draft);
  {
    await using store = openSqliteStore(draft);
    await replaceItems(store, items);
  }
  writeIdentity(engine, identity, () => {
    removeDatabase(storePath(engine));
    renameSync(draft, storePath(engine));
  });
}

/** Takes away the state that was kept here. */
export function removeState(engine: Engine): void {
  removeDatabase(storePath(engine));
}

function removeDatabase(path: string): void {
  for (const suffix of SUFFIXES) rmSync(`${path}${suffix}`, { force: true });
}

function inUse(endpoints: readonly string[]): EstibaError {
  return new EstibaError("in_use", {
    reason: "cluster.store_in_use",
    what: `a manager of this cluster works with the etcd at ${endpoints.join(", ")}`,
    fix: "have this machine join it: estiba swarm join",
  });
}
