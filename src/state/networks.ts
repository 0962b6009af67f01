import type { Database } from "bun:sqlite";
import { isIdPrefix, type Kind, onlyOne } from "./look-up.ts";

/** An address range of a network, `10.64.0.0/20`, and the host's address in it. */
export type Subnet = {
  readonly family: 4 | 6;
  readonly cidr: string;
  readonly gateway: string;
  /** The part of it from which containers get addresses, where not all of it: `10.64.0.0/26` or `10.64.0.10-10.64.0.20`. */
  readonly range?: string;
};

/** A network: what containers are attached to by an endpoint each. */
export type NetworkRecord = {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly driver: NetworkDriver;
  /** The bridge interface on the host; "" for a name that follows from run root and id. */
  readonly bridgeName: string;
  readonly subnets: readonly Subnet[];
  /** Driver options by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Without a way out of it. */
  readonly internal?: boolean;
  /** So it was made: containers that are no tasks may be on every network that is not the cluster's. */
  readonly attachable?: true;
  /** Its containers find each other by name. */
  readonly dns?: boolean;
  /** Who is asked for foreign names; undefined for the host's servers. */
  readonly nameservers?: readonly string[];
  /** Routes that its containers get besides. */
  readonly routes?: readonly StaticRoute[];
  /** Containers get no addresses: they see to that themselves. */
  readonly ipam?: "none";
  /** It is this node's part of a network of the cluster's, which gives addresses and says who else is on it. */
  readonly cluster?: { readonly id: string; readonly vni: number; readonly attachable?: true };
};

/**
 * How containers are attached: to a bridge of the network's own, or by an interface of their own beside one of the host's (`parent` among
 * the options; undefined for the one with the default route).
 */
export type NetworkDriver = "bridge" | "macvlan" | "ipvlan";

export type StaticRoute = { readonly destination: string; readonly gateway: string; readonly metric?: number };

type Row = { id: string; name: string; created_at: number; definition: string };

export function findNetwork(store: Database, name: string): NetworkRecord | undefined {
  const row = store.query<Row, [string]>("SELECT * FROM network WHERE name = ?").get(name);
  return row === null ? undefined : toRecord(row);
}

/** Every network, by name. */
export function listNetworks(store: Database): NetworkRecord[] {
  return store.query<Row, []>("SELECT * FROM network ORDER BY name").all().map(toRecord);
}

const KIND: Kind = {
  noun: "network",
  list: "estiba network ls",
  by: "id",
  ambiguous: { reason: "network.ambiguous_id" },
  unknown: {
    reason: "network.unknown",
    what: (text) => `unable to find network with name or ID ${text}: network not found`,
  },
};

/**
 * The network meant by a name, a full id or the beginning of one. Throws `not_found`, and `invalid` for the beginning of several ids.
 */
export function getNetwork(store: Database, nameOrId: string): NetworkRecord {
  const named = findNetwork(store, nameOrId);
  if (named !== undefined) return named;
  const all = listNetworks(store);
  const fitting = isIdPrefix(nameOrId) ? all.filter(({ id }) => id.startsWith(nameOrId)) : [];
  return onlyOne(KIND, nameOrId, fitting, () => all.map(({ name }) => name));
}

/** Writes the record unless the name is taken; returns the one that holds the name. */
export function insertNetwork(store: Database, record: NetworkRecord): NetworkRecord {
  const { id, name, createdAt, ...definition } = record;
  store.run(
    "INSERT INTO network (id, name, created_at, definition) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
    [id, name, createdAt, JSON.stringify(definition)],
  );
  return findNetwork(store, name) ?? record;
}

/** Replaces what is written down of a network. Joins the caller's transaction. */
export function replaceNetwork(
  store: Database,
  { id, name: _name, createdAt: _createdAt, ...definition }: NetworkRecord,
): void {
  store.run("UPDATE network SET definition = ? WHERE id = ?", [JSON.stringify(definition), id]);
}

/** Forgets the network; what it has on the host is the caller's to take away afterwards. */
export function deleteNetwork(store: Database, id: string): void {
  store.run("DELETE FROM network WHERE id = ?", [id]);
}

function toRecord(row: Row): NetworkRecord {
  const definition = JSON.parse(row.definition) as Omit<NetworkRecord, "id" | "name" | "createdAt">;
  return { id: row.id, name: row.name, createdAt: row.created_at, ...definition };
}
