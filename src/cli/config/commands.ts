import type { Entry } from "../usual-commands.ts";

/** The commands on configs of the cluster. */
export const CONFIG_COMMANDS: readonly Entry[] = [
  {
    names: ["config create"],
    summary: "Keep a config for tasks of the cluster, from a file or stdin",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["config ls", "config list"],
    summary: "List the configs of the cluster",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["config inspect"],
    summary: "Show configs of the cluster, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["config rm", "config remove"],
    summary: "Remove configs of the cluster",
    load: async () => (await import("./rm.ts")).command,
  },
];
