import type { Entry } from "../usual-commands.ts";

/** The verbs of `estiba compose`. */
export const COMPOSE_COMMANDS: readonly Entry[] = [
  {
    names: ["compose up"],
    summary: "Create and start a project's containers",
    load: async () => (await import("./up.ts")).command,
  },
  {
    names: ["compose down"],
    summary: "Stop and remove a project's containers and networks",
    load: async () => (await import("./down.ts")).command,
  },
  {
    names: ["compose ps"],
    summary: "List a project's containers",
    load: async () => (await import("./ps.ts")).command,
  },
];
