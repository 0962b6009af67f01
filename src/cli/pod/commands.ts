import type { Entry } from "../usual-commands.ts";

/** The commands on pods: part of the table of all. */
export const POD_COMMANDS: readonly Entry[] = [
  {
    names: ["pod create"],
    summary: "Create a pod, whose members share namespaces",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["pod start"],
    summary: "Start pods with all of their containers",
    load: async () => (await import("./start.ts")).command,
  },
  {
    names: ["pod stop"],
    summary: "Stop all containers of pods",
    load: async () => (await import("./stop.ts")).command,
  },
  {
    names: ["pod rm", "pod remove"],
    summary: "Remove pods with their containers",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["pod exists"],
    summary: "Tell by the exit code whether a pod is there",
    load: async () => (await import("./exists.ts")).command,
  },
  {
    names: ["pod ps", "pod ls", "pod list"],
    summary: "List pods",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["pod inspect"],
    summary: "Show everything about pods, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["pod pause"],
    summary: "Hold all processes of pods",
    load: async () => (await import("./pause.ts")).command,
  },
  {
    names: ["pod unpause"],
    summary: "Let paused pods go on",
    load: async () => (await import("./unpause.ts")).command,
  },
  {
    names: ["pod restart"],
    summary: "Stop pods and start them again",
    load: async () => (await import("./restart.ts")).command,
  },
  {
    names: ["pod kill"],
    summary: "Send a signal to all containers of pods",
    load: async () => (await import("./kill.ts")).command,
  },
  {
    names: ["pod top"],
    summary: "Show the processes of a pod",
    load: async () => (await import("./top.ts")).command,
  },
  {
    names: ["pod stats"],
    summary: "Show what the containers of pods use",
    load: async () => (await import("./stats.ts")).command,
  },
  {
    names: ["pod logs"],
    summary: "Show what the containers of a pod printed",
    load: async () => (await import("./logs.ts")).command,
  },
  {
    names: ["pod prune"],
    summary: "Remove the pods of which nothing runs any more",
    load: async () => (await import("./prune.ts")).command,
  },
  {
    names: ["pod clone"],
    summary: "Create a pod like another one",
    load: async () => (await import("./clone.ts")).command,
  },
  {
    names: ["pod map"],
    summary: "Draw what a pod is made of, and what its containers share",
    load: async () => (await import("./map.ts")).command,
  },
  {
    names: ["map"],
    summary: "Draw all pods and containers, and what they share",
    load: async () => (await import("../map.ts")).command,
  },
];
