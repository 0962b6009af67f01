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
];
