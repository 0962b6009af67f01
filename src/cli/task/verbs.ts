import type { Options, Values } from "../command.ts";
import type { Cli } from "../context.ts";
import type { RemoteVerb } from "../remote/verb.ts";
import type { NamedWord } from "./named-word.ts";

/** What works on tasks of other nodes: how, and which of its words may name one: `first`, `each`, or each that is `NAME:PATH`. */
type TaskVerb = {
  readonly words: "first" | "each" | "paths";
  /** With one task. */
  readonly load?: () => Promise<RemoteVerb>;
  /** At once on several nodes, and here: with more than one word of that kind, or always. */
  readonly several?: () => Promise<RunSeveral>;
};

type RunSeveral = (cli: Cli, values: Values<Options>, named: readonly NamedWord[]) => Promise<number>;

/** By the command's main name. */
export const TASK_VERBS: Readonly<Record<string, TaskVerb>> = {
  attach: { words: "first", load: async () => (await import("../remote/attach.ts")).verb },
  cp: {
    words: "paths",
    load: async () => (await import("../remote/cp.ts")).verb,
    several: async () => (await import("./cp.ts")).copyBetween as RunSeveral,
  },
  exec: { words: "first", load: async () => (await import("../remote/exec.ts")).verb },
  logs: {
    words: "each",
    load: async () => (await import("../remote/logs.ts")).verb,
    several: async () => (await import("./logs.ts")).showSeveralLogs as RunSeveral,
  },
  "port-forward": { words: "first", load: async () => (await import("./port-forward.ts")).verb },
  stats: { words: "each", several: async () => (await import("./stats.ts")).showTaskStats as RunSeveral },
  top: { words: "first", load: async () => (await import("./top.ts")).verb },
};
