import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";
import { type Command, defineCommand, type Options, type Values } from "./command.ts";
import { COMPOSE_COMMANDS } from "./compose/commands.ts";
import { COMPOSE_GLOBALS, type ComposeCli, type ComposeGlobals, composeGlobals } from "./compose/globals.ts";
import { writeAll } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";
import { parseCommandLine } from "./parse.ts";
import type { Entry } from "./usual-commands.ts";
import { checkArguments, wantsHelp } from "./words.ts";

export const command: Command = defineCommand({
  name: "compose",
  summary: "Run projects that Compose files describe",
  usage: "[OPTIONS] COMMAND",
  options: COMPOSE_GLOBALS,
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  examples: [
    ["estiba compose up -d", "bring the project in this folder up"],
    ["estiba compose -f compose.yaml -f prod.yaml config", "what two files make together"],
  ],
  async run(globals, [verb, ...words], cli) {
    if (verb === undefined || (verb === "help" && words.length === 0)) {
      writeAll(1, (await import("./help.ts")).commandHelp(command, "compose"));
      return 0;
    }
    try {
      const compose = { ...cli, compose: globals };
      if (verb === "help") return await runVerb(compose, words[0] ?? "", [...words.slice(1), "--help"]);
      return await runVerb(compose, verb, words);
    } catch (error) {
      return composeFailure(verb, error);
    }
  },
});

async function runVerb(cli: ComposeCli, verb: string, [next, ...rest]: readonly string[]): Promise<number> {
  // `alpha viz` and its like are verbs of two words.
  const both = next === undefined ? undefined : entryOf(`${verb} ${next}`);
  if (both !== undefined) return await runEntry(cli, both, { verb: `${verb} ${next}`, words: rest });
  const entry = entryOf(verb);
  if (entry === undefined) throw unknownVerb(verb);
  return await runEntry(cli, entry, { verb, words: next === undefined ? [] : [next, ...rest] });
}

function entryOf(verb: string): Entry | undefined {
  return COMPOSE_COMMANDS.find(({ names }) => names.includes(`compose ${verb}`));
}

type Called = { readonly verb: string; readonly words: readonly string[] };

async function runEntry(cli: ComposeCli, entry: Entry, { verb, words }: Called): Promise<number> {
  const name = `compose ${verb}`;
  const command = await entry.load();
  if (wantsHelp(words, command)) {
    writeAll(1, (await import("./help.ts")).commandHelp(command, name));
    return 0;
  }
  const how = { stopAtFirst: command.stopAtFirst ?? false, prefix: `estiba ${name}` };
  // The options that may stand before the verb and behind it.
  const { "dry-run": both, cluster } = COMPOSE_GLOBALS;
  const { values, args } = parseCommandLine(words, { ...command.options, "dry-run": both, cluster }, how);
  checkArguments(args, command, name);
  const { "dry-run": dryRun, cluster: onCluster, ...own } = values;
  const given = withGlobals(cli, { ...(dryRun ? { "dry-run": true } : {}), ...(onCluster ? { cluster: true } : {}) });
  if (composeGlobals(given)["dry-run"] && WITHOUT_DRY_RUN.has(verb)) throw noDryRun(verb);
  if (composeGlobals(given).cluster) return await runOnCluster(given, command, { values: own, args });
  if (command.frees !== true) return await command.run(own, args, given);
  using _room = (await import("../state/reserve.ts")).openReserve(cli.engine().paths);
  return await command.run(own, args, given);
}

/** Verbs that do one thing: there is nothing to tell of it beforehand. */
const WITHOUT_DRY_RUN: ReadonlySet<string> = new Set(["attach", "bridge convert", "commit", "cp", "exec", "export"]);

function noDryRun(verb: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "compose.no_dry_run",
    what: `compose ${verb} cannot be tried out by --dry-run`,
    fix: "leave out --dry-run to do it",
  });
}

function withGlobals(cli: ComposeCli, more: Partial<ComposeGlobals>): ComposeCli {
  return { ...cli, compose: { ...composeGlobals(cli), ...more } };
}

type Given = { readonly values: Values<Options>; readonly args: string[] };

async function runOnCluster(cli: ComposeCli, command: Command, { values, args }: Given): Promise<number> {
  const { onCluster } = await import("./compose/cluster/verbs.ts");
  return await (await onCluster(command, values))(values, args, cli);
}

/** As docker compose: 1 for whatever is wrong, 130 for what was cancelled; of `exec` 126 and 127 for what cannot be executed. */
function composeFailure(verb: string, error: unknown): number {
  writeAll(2, formatError(error));
  const code = exitCodeOf(error);
  if (verb === "exec" && (code === 126 || code === 127)) return code;
  return error instanceof EstibaError && error.code === "cancelled" ? 130 : 1;
}

function unknownVerb(verb: string): EstibaError {
  const verbs = COMPOSE_COMMANDS.flatMap(({ names }) => names.map((name) => name.slice("compose ".length)));
  const guess = verbs.find((name) => name.startsWith(`${verb} `)) ?? nearest(verb, verbs);
  return new EstibaError("invalid", {
    reason: "compose.unknown_command",
    what: `unknown docker command: "compose ${verb}"`,
    fix: guess === undefined ? "see: estiba compose --help" : `did you mean "${guess}"?`,
  });
}
