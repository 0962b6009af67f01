import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";
import { KEYS } from "../manager/keys.ts";
import type { SharedStore } from "../remote/wire.ts";
import type { Entry, Store } from "../store/contract.ts";
import { openEtcdStore } from "../store/etcd.ts";
import type { EtcdPlace, EtcdTls } from "../store/etcd-call.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { ManagerIdentity, StorePlace } from "./identity.ts";
import { storePath } from "./paths.ts";

type EtcdStorePlace = Extract<StorePlace, { kind: "etcd" }>;

/** Where a manager keeps the cluster's state. */
export function openStore(engine: Engine, { store, clusterId }: Pick<ManagerIdentity, "store" | "clusterId">): Store {
  return store.kind === "sqlite"
    ? openSqliteStore(storePath(engine))
    : openEtcdStore(followPlace(store), prefixOf(clusterId));
}

/** What another manager has to know to find the state: it gets this manager's certificate for etcd, too. */
export function sharedStore({ store }: Pick<ManagerIdentity, "store">): SharedStore {
  if (store.kind === "etcd") return readPlace(store);
  throw new TypeError("a state in a file cannot be shared");
}

/** Keeps what {@link sharedStore} gave, next to the node's identity. */
export function keepPlace({ paths }: Engine, { endpoints, tls }: SharedStore): StorePlace {
  if (tls === undefined) return { kind: "etcd", endpoints };
  const keep = (name: string, text: string): string => {
    const path = join(paths.cluster, name);
    writeFileSync(path, text, { mode: 0o600, flush: true });
    return path;
  };
  const files = {
    ca: keep("etcd-ca.pem", tls.ca),
    cert: keep("etcd-cert.pem", tls.cert),
    key: keep("etcd-key.pem", tls.key),
  };
  return { kind: "etcd", endpoints, tls: files };
}

/** What an etcd has of a cluster's record. Throws `unavailable` when it does not answer. */
export async function requireAnswer(place: SharedStore, clusterId: string): Promise<readonly Entry[]> {
  const { endpoints, tls } = place;
  await using store = openEtcdStore(
    { endpoints, ...(tls === undefined ? {} : { tls: () => tls }) },
    prefixOf(clusterId),
  );
  return (await store.range(KEYS.cluster)).entries;
}

/** Throws `unavailable` when the state of a cluster cannot be reached there, `not_found` when it is another's. */
export async function requireState(place: SharedStore, clusterId: string): Promise<void> {
  if ((await requireAnswer(place, clusterId)).length > 0) return;
  throw new EstibaError("not_found", {
    reason: "cluster.other_store",
    what: `the etcd at ${place.endpoints.join(", ")} has not the state of this cluster`,
    fix: "name the one that the other managers use: --etcd",
  });
}

/** The texts of the files that a place names. */
export function readPlace({ endpoints, tls }: EtcdStorePlace): SharedStore {
  return { endpoints, ...(tls === undefined ? {} : { tls: readTls(tls) }) };
}

/** A place whose files are read as they are at each call: whoever renews them need not tell. */
function followPlace({ endpoints, tls: files }: EtcdStorePlace): EtcdPlace {
  if (files === undefined) return { endpoints };
  const last = { tls: readTls(files) };
  const tls = (): EtcdTls => {
    try {
      last.tls = readTls(files);
    } catch (error) {
      // At this moment it is replaced by another one.
      if (!hasCode(error, "ENOENT")) throw error;
    }
    return last.tls;
  };
  return { endpoints, tls };
}

function readTls(files: EtcdTls): EtcdTls {
  const read = (path: string): string => readFileSync(path, "utf8");
  return { ca: read(files.ca), cert: read(files.cert), key: read(files.key) };
}

function prefixOf(clusterId: string): string {
  return `/estiba/${clusterId}/`;
}
