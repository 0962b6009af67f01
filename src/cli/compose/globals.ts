import type { Values } from "../command.ts";
import type { Cli } from "../context.ts";

/** Options of `estiba compose` that stand before the verb; as docker compose names them. */
export const COMPOSE_GLOBALS = {
  "all-resources": { kind: "flag", help: "Networks and volumes that no service uses, too" },
  ansi: {
    kind: "string",
    value: "WHEN",
    choices: ["auto", "never", "always"],
    help: "When to use colours (default auto)",
  },
  cluster: { kind: "flag", help: "On the cluster, as a stack: up, down, ps, logs" },
  compatibility: { kind: "flag", help: "Join the words of names by _ instead of -" },
  "dry-run": { kind: "flag", help: "Tell what would be done, and do nothing" },
  "env-file": { kind: "list", value: "FILE", help: "Variables for the files (default .env)", complete: "file" },
  file: {
    kind: "list",
    short: "f",
    value: "FILE",
    help: "A Compose file; several are merged; - is stdin",
    complete: "file",
  },
  parallel: { kind: "integer", value: "N", help: "Most pulls and builds at once (default -1, no limit)" },
  profile: { kind: "list", value: "NAME", help: "Enable a profile" },
  progress: {
    kind: "string",
    value: "HOW",
    choices: ["auto", "tty", "plain", "json", "quiet"],
    help: "How progress is shown (default auto)",
  },
  "project-directory": {
    kind: "string",
    value: "DIR",
    help: "What relative paths are seen from",
    complete: "directory",
  },
  "project-name": { kind: "string", short: "p", value: "NAME", help: "Name of the project" },
  verbose: { kind: "flag", help: "Say more", hidden: true },
} as const;

export type ComposeGlobals = Values<typeof COMPOSE_GLOBALS>;

/** A verb's surroundings, with the options that stood before it. */
export type ComposeCli = Cli & { readonly compose?: ComposeGlobals };

const NONE: ComposeGlobals = {
  "all-resources": false,
  ansi: undefined,
  cluster: false,
  compatibility: false,
  "dry-run": false,
  "env-file": [],
  file: [],
  parallel: undefined,
  profile: [],
  progress: undefined,
  "project-directory": undefined,
  "project-name": undefined,
  verbose: false,
};

/** The options before the verb; where none stood there, nothing is asked for. */
export function composeGlobals(cli: ComposeCli): ComposeGlobals {
  return cli.compose ?? NONE;
}
