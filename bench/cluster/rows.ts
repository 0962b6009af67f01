import type { Row } from "../report.ts";

/** Rows of the cluster; docker's column is Swarm's. */
export type ClusterRowId =
  | "cluster-declare"
  | "cluster-declare-host"
  | "cluster-worker"
  | "cluster-leader"
  | "cluster-leader-tasks"
  | "cluster-endpoint"
  | "cluster-endpoint-most"
  | "cluster-update"
  | "cluster-update-rate"
  | "cluster-update-time"
  | "cluster-place"
  | "cluster-memory-manager"
  | "cluster-memory-worker"
  | "cluster-nft"
  | "cluster-nodes"
  | "cluster-nodes-memory"
  | "cluster-connect"
  | "cluster-connect-growth";

export type Record = (of: ClusterRowId, value: number) => void;

const beside = { docker: 1 };

export const CLUSTER_ROWS: readonly Row[] = [
  {
    id: "cluster-declare",
    title: "60 replicas, from their declaration until all run",
    unit: "s",
    faster: beside,
    most: 3,
  },
  { id: "cluster-declare-host", title: "the same, on the nodes' own network", unit: "s", faster: beside, most: 3 },
  { id: "cluster-worker", title: "a worker is lost, until all of 20 replicas run", unit: "s", faster: beside, most: 8 },
  {
    id: "cluster-leader",
    title: "the leader's machine is killed, until another manager accepts a change",
    unit: "s",
    faster: beside,
    most: 3,
  },
  { id: "cluster-leader-tasks", title: "the same, until its tasks run elsewhere", unit: "s", faster: beside, most: 10 },
  {
    id: "cluster-endpoint",
    title: "a task's process is killed, until its service's name leads to it on no node (half of the times)",
    unit: "ms",
    faster: beside,
  },
  { id: "cluster-endpoint-most", title: "the same, 99 of 100 times", unit: "ms", faster: beside, most: 300 },
  {
    id: "cluster-update",
    title: "requests that fail, of 500/s to all nodes, in a start-first update of 10 replicas",
    unit: "",
    most: 0,
  },
  { id: "cluster-update-rate", title: "requests made then", unit: "/s" },
  { id: "cluster-update-time", title: "that update, two at a time", unit: "s", faster: beside },
  {
    id: "cluster-place",
    title: "tasks placed by the scheduler alone, 1,000 nodes with 50,000 tasks",
    unit: "/s",
    least: 5_000,
  },
  {
    id: "cluster-memory-manager",
    title: "private memory of the leader with 60 tasks, etcd's not counted (docker: dockerd, containerd)",
    unit: "MB",
    most: 150,
  },
  { id: "cluster-memory-worker", title: "the same of a worker", unit: "MB", most: 80 },
  {
    id: "cluster-nodes",
    title: "1,000 simulated nodes with a task each on one manager, nothing new: its share of one core",
    unit: "%",
    most: 100,
  },
  { id: "cluster-nodes-memory", title: "its own memory then, the program's pages not counted", unit: "MB", most: 150 },
  { id: "cluster-nft", title: "10,000 services of 10 tasks, into the rules of a container", unit: "s", most: 2 },
  { id: "cluster-connect", title: "a connection by the address of one of them", unit: "µs" },
  {
    id: "cluster-connect-growth",
    title: "the same, in times that with 10 services",
    unit: "times",
    most: 1.5,
  },
];
