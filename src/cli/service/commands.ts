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
    names: ["service update"],
    summary: "Change a service; its tasks are replaced as its rules say",
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["service rollback"],
    summary: "Give a service the spec back that it had before its last change",
    load: async () => (await import("./rollback.ts")).command,
  },
  {
    names: ["service inspect"],
    summary: "Show everything about services, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["service logs"],
    summary: "Show what the tasks of a service printed",
    load: async () => (await import("./logs.ts")).command,
  },
  {
    names: ["service rm", "service remove"],
    summary: "Remove services with their tasks",
    load: async () => (await import("./rm.ts")).command,
  },
];
