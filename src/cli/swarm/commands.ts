import type { Entry } from "../usual-commands.ts";

export const SWARM_COMMANDS: readonly Entry[] = [
  {
    names: ["swarm init", "cluster init"],
    summary: "Make this machine the first node of a cluster",
    load: async () => (await import("./init.ts")).command,
  },
  {
    names: ["swarm join", "cluster join"],
    summary: "Make this machine a node of a cluster",
    load: async () => (await import("./join.ts")).command,
  },
  {
    names: ["swarm join-token", "cluster join-token"],
    summary: "Show what a machine needs to join the cluster",
    load: async () => (await import("./join-token.ts")).command,
  },
  {
    names: ["swarm ca", "cluster ca"],
    summary: "Show or replace the root certificate of the cluster",
    load: async () => (await import("./ca.ts")).command,
  },
  {
    names: ["swarm update", "cluster update"],
    summary: "Change the settings of the cluster",
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["swarm unlock", "cluster unlock"],
    summary: "Give this manager the key that it needs",
    load: async () => (await import("./unlock.ts")).command,
  },
  {
    names: ["swarm unlock-key", "cluster unlock-key"],
    summary: "Show or replace the key that locked managers need",
    load: async () => (await import("./unlock-key.ts")).command,
  },
  {
    names: ["swarm store backup", "cluster store backup"],
    summary: "Write the state of the cluster to a file",
    load: async () => (await import("./store-backup.ts")).command,
  },
  {
    names: ["swarm store restore", "cluster store restore"],
    summary: "Make this machine the manager of a cluster from a backup",
    load: async () => (await import("./store-restore.ts")).command,
  },
  {
    names: ["swarm store migrate", "cluster store migrate"],
    summary: "Move the state of the cluster from a file to an etcd, or back",
    load: async () => (await import("./store-migrate.ts")).command,
  },
  {
    names: ["swarm leave", "cluster leave"],
    summary: "Take this machine out of its cluster",
    load: async () => (await import("./leave.ts")).command,
  },
  {
    names: ["system node"],
    summary: "Run this machine's part of the cluster (starts by itself)",
    hidden: true,
    load: async () => (await import("./node-process.ts")).command,
  },
];
