import type { Entry } from "../usual-commands.ts";

/** The commands on secrets: part of the table of all. */
export const SECRET_COMMANDS: readonly Entry[] = [
  {
    names: ["secret create"],
    summary: "Keep a secret from a file, stdin or a variable",
    load: async () => (await import("./create.ts")).command,
  },
  {
    names: ["secret ls", "secret list"],
    summary: "List secrets",
    load: async () => (await import("./ls.ts")).command,
  },
  {
    names: ["secret inspect"],
    summary: "Show what is known of secrets, as JSON",
    load: async () => (await import("./inspect.ts")).command,
  },
  {
    names: ["secret rm", "secret remove"],
    summary: "Remove secrets",
    load: async () => (await import("./rm.ts")).command,
  },
  {
    names: ["secret exists"],
    summary: "Tell by the exit code whether a secret is there",
    load: async () => (await import("./exists.ts")).command,
  },
];
