import type { Entry } from "../usual-commands.ts";

export const NODE_COMMANDS: readonly Entry[] = [
  {
    names: ["node ls", "node list"],
    summary: "List the nodes of the cluster",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["node ps"],
    summary: "List the tasks of nodes",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["node update"],
    summary: "Change the availability and the labels of a node",
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["node drain"],
    summary: "Have all tasks of nodes go elsewhere",
    load: async () => (await import("./drain.ts")).command,
  },
  {
    names: ["node pause"],
    summary: "Give nodes no further tasks",
    load: async () => (await import("./pause.ts")).command,
  },
  {
    names: ["node activate"],
    summary: "Have nodes take tasks, after they were drained or paused",
    load: async () => (await import("./activate.ts")).command,
  },
  {
    names: ["node provision"],
    summary: "Install Estiba on another machine, and have it join the cluster",
    load: async () => (await import("./provision.ts")).command,
  },
  {
    names: ["node promote"],
    summary: "Make workers managers",
    load: async () => (await import("./promote.ts")).command,
  },
  {
    names: ["node demote"],
    summary: "Make managers workers",
    load: async () => (await import("./demote.ts")).command,
  },
  {
    names: ["node rm", "node remove"],
    summary: "Remove nodes from the cluster",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["node inspect"],
    summary: "Show everything about nodes, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
];
