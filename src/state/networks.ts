import type { Database } from "bun:sqlite";

/** An address range of a network, `10.64.0.0/20`, and the host's address in it. */
export type Subnet = { readonly family: 4 | 6; readonly cidr: string; readonly gateway: string };

/** A network: what containers are attached to by an endpoint each. */
export type NetworkRecord = {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly driver: "bridge";
  /** The bridge interface on the host. */
  readonly bridgeName: string;
  readonly subnets: readonly Subnet[];
  /** Driver options by name. */
  readonly options: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
};

type Row = { id: string; name: string; created_at: number; definition: string };

export function findNetwork(store: Database, name: string): NetworkRecord | undefined {
  const row = store.query<Row, [string]>("SELECT * FROM network WHERE name = ?").get(name);
  return row === null ? undefined : toRecord(row);
}

/** Every network, by name. */
export function listNetworks(store: Database): NetworkRecord[] {
  return store.query<Row, []>("SELECT * FROM network ORDER BY name").all().map(toRecord);
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

function toRecord(row: Row): NetworkRecord {
  const definition = JSON.parse(row.definition) as Omit<NetworkRecord, "id" | "name" | "createdAt">;
  return { id: row.id, name: row.name, createdAt: row.created_at, ...definition };
}
