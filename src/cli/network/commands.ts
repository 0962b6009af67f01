import type { Entry } from "../usual-commands.ts";

/** The commands on networks: part of the table of all. */
export const NETWORK_COMMANDS: readonly Entry[] = [
  {
    names: ["network create"],
    summary: "Create a network",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["network ls", "network list"],
    summary: "List networks",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["network inspect"],
    summary: "Show everything about networks, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["network rm", "network remove"],
    summary: "Remove networks",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["network exists"],
    summary: "Tell by the exit code whether a network is there",
    load: async () => (await import("./exists.ts")).command,
  },
  {
    names: ["network prune"],
    summary: "Remove the networks that no container has",
    load: async () => (await import("./prune.ts")).command,
  },
  {
    names: ["network connect"],
    summary: "Attach a container to a network",
    load: async () => (await import("./connect.ts")).command,
  },
  {
    names: ["network disconnect"],
    summary: "Take a container off a network",
    load: async () => (await import("./disconnect.ts")).command,
  },
  {
    names: ["network update"],
    summary: "Change the name servers of a network",
    load: async () => (await import("./update.ts")).command,
  },
  {
    names: ["network reload"],
    summary: "Put the firewall rules of containers' networks back",
    load: async () => (await import("./reload.ts")).command,
  },
];
