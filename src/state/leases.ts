import type { Database } from "bun:sqlite";

/** An endpoint's claim on its addresses. */
export type Lease = {
  readonly containerId: string;
  readonly networkId: string;
  /** Undefined where the network has no IPv4. */
  readonly ipv4: string | undefined;
  /** Undefined where the network or the host has no IPv6. */
  readonly ipv6: string | undefined;
  readonly mac: string;
  /** Addresses that it has besides, until its container ends; undefined where it has none. */
  readonly kept?: KeptAddresses;
};

export type KeptAddresses = { readonly ipv4?: string; readonly ipv6?: string };

/** One published port: one element of an nft map, or a part of the slots of one. `hostIp` is an address, `0.0.0.0` or `::`. */
export type PublishedPort = {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly hostIp: string;
  readonly hostPort: number;
  readonly containerId: string;
  readonly targetIp: string;
  readonly targetPort: number;
  /** The group whose containers share the port; undefined for a port of this container alone. */
  readonly share?: string;
  /** Only in a group: it gets nothing. */
  readonly standby?: boolean;
};

/** The host's side of a published port. */
export type HostPort = Pick<PublishedPort, "protocol" | "hostIp" | "hostPort">;

type LeaseRow = {
  container_id: string;
  network_id: string;
  ipv4: number;
  ipv6: string | null;
  mac: string;
  kept_ipv4: number | null;
  kept_ipv6: string | null;
};
type PortRow = {
  protocol: PublishedPort["protocol"];
  host_ip: string;
  host_port: number;
  container_id: string;
  target_ip: string;
  target_port: number;
  share: string;
  standby: number;
};

/** The leases of one container, or of all. */
export function listLeases(live: Database, containerId?: string): Lease[] {
  const sql = "SELECT * FROM lease";
  const rows =
    containerId === undefined
      ? live.query<LeaseRow, []>(`${sql} ORDER BY network_id, ipv4`).all()
      : live.query<LeaseRow, [string]>(`${sql} WHERE container_id = ? ORDER BY network_id`).all(containerId);
  return rows.map(toLease);
}

/** Numbers below are no addresses of containers (0.0.0.0/8): they count the endpoints of a network without IPv4. */
const FIRST_ADDRESS = 2 ** 24;

/**
 * Writes the row; false when one of its addresses, or the endpoint itself, is in the table already. `number` is the IPv4 address as a
 * number, or, where there is none, the endpoint's number on the network.
 */
export function insertLease(live: Database, lease: Lease, number: number): boolean {
  const { changes } = live.run(
    `INSERT OR IGNORE INTO lease (container_id, network_id, ipv4, ipv6, mac) SELECT ?1, ?2, ?3, ?4, ?5
     WHERE NOT EXISTS (SELECT 1 FROM lease WHERE network_id = ?2 AND kept_ipv4 = ?3)
     AND NOT EXISTS (SELECT 1 FROM lease WHERE network_id = ?2 AND kept_ipv6 = ?4)`,
    [lease.containerId, lease.networkId, number, lease.ipv6 ?? null, lease.mac],
  );
  return changes === 1;
}

/** What changes of an endpoint's addresses; IPv4 addresses as numbers. What is left out stays, except for those that are kept. */
export type LeaseChange = {
  readonly ipv4?: number | undefined;
  readonly ipv6?: string | undefined;
  readonly mac?: string | undefined;
  readonly kept: { readonly ipv4?: number | undefined; readonly ipv6?: string | undefined };
};

/** Gives an endpoint other addresses; the caller has made sure that they are free. */
export function changeLease(
  live: Database,
  { containerId, networkId }: Pick<Lease, "containerId" | "networkId">,
  { ipv4, ipv6, mac, kept }: LeaseChange,
): void {
  live.run(
    `UPDATE lease SET ipv4 = coalesce(?1, ipv4), ipv6 = coalesce(?2, ipv6), mac = coalesce(?3, mac), kept_ipv4 = ?4, kept_ipv6 = ?5
     WHERE container_id = ?6 AND network_id = ?7`,
    [ipv4 ?? null, ipv6 ?? null, mac ?? null, kept.ipv4 ?? null, kept.ipv6 ?? null, containerId, networkId],
  );
}

/** Frees the addresses of one container; idempotent. */
export function deleteLeases(live: Database, containerId: string): void {
  live.run("DELETE FROM lease WHERE container_id = ?", [containerId]);
}

/** Frees the addresses of one endpoint; idempotent. */
export function deleteLease(live: Database, containerId: string, networkId: string): void {
  live.run("DELETE FROM lease WHERE container_id = ? AND network_id = ?", [containerId, networkId]);
}

/** Forgets what was given last on a network that is gone. */
export function deleteLeaseCursor(live: Database, networkId: string): void {
  live.run("DELETE FROM lease_cursor WHERE network_id = ?", [networkId]);
}

/** The address given last on the network, as a number; undefined before the first. */
export function readLeaseCursor(live: Database, networkId: string): number | undefined {
  return live.query<{ ipv4: number }, [string]>("SELECT ipv4 FROM lease_cursor WHERE network_id = ?").get(networkId)
    ?.ipv4;
}

export function writeLeaseCursor(live: Database, networkId: string, ipv4: number): void {
  live.run("INSERT OR REPLACE INTO lease_cursor (network_id, ipv4) VALUES (?, ?)", [networkId, ipv4]);
}

/** True when a lease of the network holds the IPv4 address. */
export function isLeased(live: Database, networkId: string, ipv4: number): boolean {
  return (
    live
      .query<unknown, [string, number]>(
        "SELECT 1 FROM lease WHERE network_id = ?1 AND ipv4 = ?2 UNION ALL SELECT 1 FROM lease WHERE network_id = ?1 AND kept_ipv4 = ?2",
      )
      .get(networkId, ipv4) !== null
  );
}

/** True when a lease of the network holds the IPv6 address, in its canonical form. */
export function isLeased6(live: Database, networkId: string, ipv6: string): boolean {
  return (
    live
      .query<unknown, [string, string]>(
        "SELECT 1 FROM lease WHERE network_id = ?1 AND ipv6 = ?2 UNION ALL SELECT 1 FROM lease WHERE network_id = ?1 AND kept_ipv6 = ?2",
      )
      .get(networkId, ipv6) !== null
  );
}

/** The published ports of one container, or of all. */
export function listPublishedPorts(live: Database, containerId?: string): PublishedPort[] {
  const sql = "SELECT * FROM published_port";
  const order = "ORDER BY protocol, host_port, host_ip";
  const rows =
    containerId === undefined
      ? live.query<PortRow, []>(`${sql} ${order}`).all()
      : live.query<PortRow, [string]>(`${sql} WHERE container_id = ? ${order}`).all(containerId);
  return rows.map(toPort);
}

/** Those who have published the port on that very address: one container, or several of a group. */
export function findPortOwners(live: Database, { protocol, hostIp, hostPort }: HostPort): PublishedPort[] {
  return live
    .query<PortRow, [string, string, number]>(
      "SELECT * FROM published_port WHERE protocol = ? AND host_ip = ? AND host_port = ? ORDER BY container_id",
    )
    .all(protocol, hostIp, hostPort)
    .map(toPort);
}

/**
 * Writes the rows. Rows of the same ports that are of no or of another group are leftovers, and go: who holds the port's socket is its
 * owner, and nobody else can.
 */
export function replacePublishedPorts(live: Database, ports: readonly PublishedPort[]): void {
  const remove = live.query<unknown, [string, string, number, string]>(
    "DELETE FROM published_port WHERE protocol = ? AND host_ip = ? AND host_port = ? AND (share = '' OR share <> ?)",
  );
  const insert = live.query<unknown, [string, string, number, string, string, number, string, number]>(
    "INSERT OR REPLACE INTO published_port VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  for (const port of ports) {
    const { protocol, hostIp, hostPort, containerId, targetIp, targetPort, share = "", standby = false } = port;
    remove.run(protocol, hostIp, hostPort, share);
    insert.run(protocol, hostIp, hostPort, containerId, targetIp, targetPort, share, standby ? 1 : 0);
  }
}

/** Lets a container have its part of the ports that it shares, or takes it away; gives those ports. */
export function putStandby(live: Database, containerId: string, standby: boolean): PublishedPort[] {
  return live
    .query<PortRow, [number, string]>(
      "UPDATE published_port SET standby = ? WHERE container_id = ? AND share <> '' RETURNING *",
    )
    .all(standby ? 1 : 0, containerId)
    .map(toPort);
}

/** Forgets the published ports of one container, and returns them; idempotent. */
export function deletePublishedPorts(live: Database, containerId: string): PublishedPort[] {
  return live
    .query<PortRow, [string]>("DELETE FROM published_port WHERE container_id = ? RETURNING *")
    .all(containerId)
    .map(toPort);
}

function toLease(row: LeaseRow): Lease {
  return {
    containerId: row.container_id,
    networkId: row.network_id,
    ipv4: row.ipv4 < FIRST_ADDRESS ? undefined : dotted(row.ipv4),
    ipv6: row.ipv6 ?? undefined,
    mac: row.mac,
    ...(row.kept_ipv4 === null && row.kept_ipv6 === null ? {} : { kept: keptOf(row) }),
  };
}

function keptOf({ kept_ipv4: ipv4, kept_ipv6: ipv6 }: LeaseRow): KeptAddresses {
  return { ...(ipv4 === null ? {} : { ipv4: dotted(ipv4) }), ...(ipv6 === null ? {} : { ipv6 }) };
}

function dotted(ipv4: number): string {
  return [24, 16, 8, 0].map((shift) => (ipv4 >>> shift) & 0xff).join(".");
}

function toPort(row: PortRow): PublishedPort {
  return {
    protocol: row.protocol,
    hostIp: row.host_ip,
    hostPort: row.host_port,
    containerId: row.container_id,
    targetIp: row.target_ip,
    targetPort: row.target_port,
    ...(row.share === "" ? {} : { share: row.share, standby: row.standby === 1 }),
  };
}
