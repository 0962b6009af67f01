import type { Entry } from "../usual-commands.ts";

export const STACK_COMMANDS: readonly Entry[] = [
  {
    names: ["stack deploy", "stack up"],
    summary: "Have the cluster run what Compose files describe",
    load: async () => (await import("./deploy.ts")).command,
  },
  {
    names: ["stack ls", "stack list"],
    summary: "List the stacks of the cluster",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["stack ps"],
    summary: "List the tasks of a stack",
    load: async () => (await import("./ps.ts")).command,
  },
  {
    names: ["stack services"],
    summary: "List the services of a stack",
    load: async () => (await import("./services.ts")).command,
  },
  {
    names: ["stack rm", "stack remove", "stack down"],
    summary: "Remove stacks: services, secrets, configs, networks",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["stack config"],
    summary: "Print what the Compose files of a stack mean",
    load: async () => (await import("./config.ts")).command,
  },
  {
    names: ["stack generate kube"],
    summary: "Write Kubernetes YAML of a stack",
    load: async () => (await import("./generate-kube.ts")).command,
  },
];
