import { EstibaError } from "../../lib/error.ts";
import { compacted } from "./compacted.ts";
import type {
  Change,
  Changes,
  Committed,
  Compare,
  Entry,
  Found,
  Freshness,
  Lease,
  Operation,
  Store,
} from "./contract.ts";
import { type EtcdClient, type EtcdPlace, failure, openEtcdClient, WATCH } from "./etcd-call.ts";

/** So many keys in one answer: a page of long values stays below four megabytes. */
const PAGE_KEYS = 500;
const REOPEN_MS = 200;

// 64-bit numbers are texts there, keys and values are base64, and zeros are left out.
type WireEntry = {
  readonly key: string;
  readonly value?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
};
type Header = { readonly revision?: string };
type RangeAnswer = { readonly header: Header; readonly kvs?: readonly WireEntry[]; readonly more?: boolean };
type WatchAnswer = {
  readonly result?: {
    readonly header?: Header;
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly cancel_reason?: string;
    readonly events?: readonly { readonly type?: string; readonly kv: WireEntry }[];
  };
  readonly error?: unknown;
};

/** A store in etcd 3.4 or later; all keys lie below a prefix, so that an etcd can have other users. */
export function openEtcdStore(place: EtcdPlace, prefix: string): Store {
  const client = openEtcdClient(place);
  const names: Names = {
    toWire: (key) => toBase64(`${prefix}${key}`),
    fromWire: (key) => Buffer.from(key, "base64").toString().slice(prefix.length),
  };
  return {
    range: async (start, freshness) => await range(client, names, start, freshness),
    commit: async (compares, operations) => await commit(client, names, compares, operations),
    watch: (start, from, signal) => watch(client, names, { start, from, signal }),
    grantLease: async (ttlMs) => await grantLease(client, ttlMs),
    [Symbol.asyncDispose]: async () => await Promise.resolve(),
  };
}

type Names = { readonly toWire: (key: string) => string; readonly fromWire: (key: string) => string };

async function range(client: EtcdClient, names: Names, start: string, freshness: Freshness = "latest"): Promise<Found> {
  const entries: Entry[] = [];
  const page = { from: names.toWire(start), revision: "0" };
  for (;;) {
    const answer = await client.call<RangeAnswer>("/v3/kv/range", {
      key: page.from,
      range_end: endOf(names.toWire(start)),
      limit: PAGE_KEYS,
      revision: page.revision,
      serializable: freshness === "any",
    });
    const found = answer.kvs ?? [];
    entries.push(...found.map((kv) => entryOf(names, kv)));
    if (page.revision === "0") page.revision = answer.header.revision ?? "0";
    const last = found.at(-1);
    if (answer.more !== true || last === undefined) return { entries, revision: Number(page.revision) };
    page.from = Buffer.concat([Buffer.from(last.key, "base64"), Buffer.alloc(1)]).toString("base64");
  }
}

async function commit(
  client: EtcdClient,
  { toWire }: Names,
  compares: readonly Compare[],
  operations: readonly Operation[],
): Promise<Committed> {
  const { succeeded = false, header } = await client.call<{ succeeded?: boolean; header: Header }>("/v3/kv/txn", {
    compare: compares.map(({ key, what, at }) => ({
      key: toWire(key),
      result: "EQUAL",
      ...(what === "created" ? { target: "CREATE", create_revision: at } : { target: "MOD", mod_revision: at }),
    })),
    success: operations.map((operation) =>
      operation.kind === "delete"
        ? { request_delete_range: { key: toWire(operation.key) } }
        : {
            request_put: {
              key: toWire(operation.key),
              value: toBase64(operation.value),
              ...(operation.lease === undefined ? {} : { lease: operation.lease }),
            },
          },
    ),
  });
  return { succeeded, revision: Number(header.revision) };
}

type Watching = { readonly start: string; readonly from: number; readonly signal: AbortSignal };

// A stream that breaks is opened again after the last revision that came by it.
async function* watch(client: EtcdClient, names: Names, { start, from, signal }: Watching): AsyncGenerator<Changes> {
  let next = from;
  while (!signal.aborted) {
    try {
      const key = names.toWire(start);
      const request = { key, range_end: endOf(key), start_revision: next, progress_notify: true };
      for await (const line of client.stream(WATCH, { create_request: request }, signal)) {
        for (const changes of changesOf(names, line as WatchAnswer, next)) {
          next = changes.revision + 1;
          yield changes;
        }
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof EstibaError && error.code !== "unavailable") throw error;
    }
    await Bun.sleep(REOPEN_MS);
  }
}

function changesOf(names: Names, { result, error }: WatchAnswer, from: number): Changes[] {
  if (error !== undefined) throw failure(JSON.stringify(error));
  if (Number(result?.compact_revision ?? 0) > 0) throw compacted(from);
  if (result?.canceled === true) throw failure(result.cancel_reason ?? "the watch was cancelled");
  const commits = new Map<number, Change[]>();
  for (const { type, kv } of result?.events ?? []) {
    const revision = Number(kv.mod_revision);
    const changes = commits.get(revision) ?? [];
    commits.set(revision, changes);
    if (type === "DELETE") changes.push({ kind: "delete", key: names.fromWire(kv.key), modRevision: revision });
    else changes.push({ kind: "put", entry: entryOf(names, kv) });
  }
  return [...commits].map(([revision, changes]) => ({ revision, changes }));
}

async function grantLease(client: EtcdClient, ttlMs: number): Promise<Lease> {
  const { ID: id } = await client.call<{ ID: string }>("/v3/lease/grant", {
    TTL: Math.max(1, Math.ceil(ttlMs / 1000)),
  });
  return {
    id,
    keepAlive: async () => {
      const { result } = await client.call<{ result?: { TTL?: string } }>("/v3/lease/keepalive", { ID: id });
      return Number(result?.TTL ?? 0) > 0;
    },
    revoke: async () => {
      await client.call("/v3/lease/revoke", { ID: id });
    },
  };
}

function entryOf({ fromWire }: Names, { key, value = "", create_revision, mod_revision }: WireEntry): Entry {
  return {
    key: fromWire(key),
    value: Buffer.from(value, "base64").toString(),
    createRevision: Number(create_revision),
    modRevision: Number(mod_revision),
  };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The first key that does not begin so: its last byte, counted up. */
function endOf(start: string): string {
  const bytes = Buffer.from(start, "base64");
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return bytes.toString("base64");
}
