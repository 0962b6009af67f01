import type { Entry } from "../usual-commands.ts";

export const SERVICE_COMMANDS: readonly Entry[] = [
  {
    names: ["service create"],
    summary: "Run containers as tasks of the cluster",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["service ls", "service list"],
    summary: "List the services of the cluster",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["service ps"],
    summary: "List the tasks of services, and why they are where they are",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["service scale"],
    summary: "Change the number of tasks of services",
    load: async () => (await import("./scale.ts")).command,
  },
  {
    names: ["service rm", "service remove"],
    summary: "Remove services with their tasks",
    load: async () => (await import("./rm.ts")).command,
  },
];
