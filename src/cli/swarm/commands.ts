import type { Entry } from "../usual-commands.ts";

export const SWARM_COMMANDS: readonly Entry[] = [
  {
    names: ["swarm init", "cluster init"],
    summary: "Make this machine the first node of a cluster",
    load: async () => (await import("./init.ts")).command,
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
