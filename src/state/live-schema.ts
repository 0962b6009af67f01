/** What a reboot empties: running states, pids, leases. It lives in the run root, on tmpfs. One script per schema version. */
export const LIVE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE boot (id TEXT NOT NULL);

  CREATE TABLE container_state (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) WITHOUT ROWID;

  -- how containers ended, kept for a while: waiters ask after a container that removed itself is gone
  CREATE TABLE finished (
    id TEXT PRIMARY KEY,
    exit TEXT NOT NULL,
    finished_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- an endpoint: container x network. A row is the claim on its addresses (state/leases.ts).
  CREATE TABLE lease (
    container_id TEXT NOT NULL,
    network_id TEXT NOT NULL,
    -- as a number, so that "the next one" is arithmetic
    ipv4 INTEGER NOT NULL,
    ipv6 TEXT,
    mac TEXT NOT NULL,
    PRIMARY KEY (container_id, network_id),
    UNIQUE (network_id, ipv4),
    UNIQUE (network_id, ipv6)
  ) WITHOUT ROWID;

  -- the address given last, so that the next container gets another one than the last that left
  CREATE TABLE lease_cursor (
    network_id TEXT PRIMARY KEY,
    ipv4 INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- one row per nft map element; host_ip is an address, 0.0.0.0 or ::
  CREATE TABLE published_port (
    protocol TEXT NOT NULL,
    host_ip TEXT NOT NULL,
    host_port INTEGER NOT NULL,
    container_id TEXT NOT NULL,
    target_ip TEXT NOT NULL,
    target_port INTEGER NOT NULL,
    PRIMARY KEY (protocol, host_ip, host_port)
  ) WITHOUT ROWID;
  CREATE INDEX published_port_container ON published_port (container_id);
  `,
  `
  -- several containers of one group may have a port: those that are not on standby share the slots of an nft map
  CREATE TABLE published_port_2 (
    protocol TEXT NOT NULL,
    host_ip TEXT NOT NULL,
    host_port INTEGER NOT NULL,
    container_id TEXT NOT NULL,
    target_ip TEXT NOT NULL,
    target_port INTEGER NOT NULL,
    -- the group; '' for a port that is one container's alone
    share TEXT NOT NULL DEFAULT '',
    standby INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (protocol, host_ip, host_port, container_id)
  ) WITHOUT ROWID;
  INSERT INTO published_port_2 SELECT *, '', 0 FROM published_port;
  DROP TABLE published_port;
  ALTER TABLE published_port_2 RENAME TO published_port;
  CREATE INDEX published_port_container ON published_port (container_id);
  `,
  `
  -- further addresses that an endpoint has until its container ends: its processes may still use them, so nobody else gets them
  ALTER TABLE lease ADD COLUMN kept_ipv4 INTEGER;
  ALTER TABLE lease ADD COLUMN kept_ipv6 TEXT;
  CREATE UNIQUE INDEX lease_kept_ipv4 ON lease (network_id, kept_ipv4) WHERE kept_ipv4 IS NOT NULL;
  CREATE UNIQUE INDEX lease_kept_ipv6 ON lease (network_id, kept_ipv6) WHERE kept_ipv6 IS NOT NULL;
  `,
];
