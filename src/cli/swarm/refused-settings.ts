/** Settings of Docker's that are what they are here. */
export const REFUSED_SETTINGS = {
  "dispatcher-heartbeat": { kind: "refused", help: "nodes are heard of each second, and given up after four" },
  "external-ca": { kind: "refused", help: "the cluster's own CA is the only one" },
  "max-snapshots": { kind: "refused", help: "the state is kept in SQLite or etcd, which need none" },
  "snapshot-interval": { kind: "refused", help: "the state is kept in SQLite or etcd, which need none" },
  "task-history-limit": { kind: "refused", help: "five ended tasks are kept of each slot" },
} as const;
