/** What a reboot empties: running states, pids, leases. It lives in the run root, on tmpfs. One script per schema version. */
export const LIVE_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE boot (id TEXT NOT NULL);

  CREATE TABLE container_state (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
];
