import type { Engine, openEngine } from "../engine/engine.ts";
import { EstibaError } from "../lib/error.ts";
import { isLogged, logDebug } from "../lib/log.ts";
import { applyGlobals } from "./apply-globals.ts";
import type { Command, Values } from "./command.ts";
import { type Cli, type Doors, type Globals, writeAll } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";
import { GLOBAL_OPTIONS } from "./globals.ts";
import { parseCommandLine } from "./parse.ts";
import { parseConfigured } from "./parse-configured.ts";
import { type Found, findEntry, USUAL_COMMANDS } from "./usual-commands.ts";

/** The command line's door: words in, exit code out. Every error ends here, as text on stderr. */
export async function runCli(argv: readonly string[], doors: Doors): Promise<number> {
  try {
    return await dispatch(argv, doors);
  } catch (error) {
    writeAll(2, formatError(error));
    return exitCodeOf(error);
  }
}

async function dispatch(argv: readonly string[], doors: Doors): Promise<number> {
  const { values, args } = parseCommandLine(argv, GLOBAL_OPTIONS, { stopAtFirst: true, prefix: "estiba" });
  if (values.version) {
    writeAll(1, `${(await import("./version.ts")).versionLine()}\n`);
    return 0;
  }
  if (values.help || args.length === 0 || args[0] === "help")
    return printHelp(args[0] === "help" ? args.slice(1) : args);
  const found = await findCommand(args);
  if (found === undefined) return unknownCommand(args);
  const command = await found.entry.load();
  const words = found.rest;
  if (wantsHelp(words, command)) {
    writeAll(1, (await import("./help.ts")).commandHelp(command, found.name));
    return 0;
  }
  const parsed = await parseConfigured(words, command, found.name);
  checkArguments(parsed.args, command, found.name);
  // What runs by itself was started by a command that has passed this.
  if (found.entry.hidden !== true) applyGlobals(values, process.env);
  logDebug(() => `called ${found.name} by ${process.execPath}`);
  const engineModule = await import("../engine/engine.ts");
  return await command.run(parsed.values, parsed.args, makeCli(globalsOf(values), engineModule.openEngine, doors));
}

async function findCommand(words: readonly string[]): Promise<Found | undefined> {
  return findEntry(USUAL_COMMANDS, words) ?? (await import("./commands.ts")).findCommand(words);
}

async function printHelp(words: readonly string[]): Promise<number> {
  const found = await findCommand(words);
  if (found === undefined) return words.length === 0 ? printOverview() : unknownCommand([words[0] ?? "", "--help"]);
  const help = await import("./help.ts");
  writeAll(1, help.commandHelp(await found.entry.load(), found.name));
  return 0;
}

async function printOverview(): Promise<number> {
  writeAll(1, (await import("./help.ts")).overview(undefined));
  return 0;
}

async function unknownCommand(args: readonly string[]): Promise<number> {
  const { GROUPS } = await import("./groups.ts");
  const group = args[0] ?? "";
  if (Object.hasOwn(GROUPS, group) && (args.length === 1 || args[1] === "--help" || args[1] === "-h")) {
    writeAll(1, (await import("./help.ts")).overview(group));
    return 0;
  }
  throw (await import("./help.ts")).unknownCommandError(args);
}

// `--help` counts only before the container's own command begins.
function wantsHelp(words: readonly string[], command: Command): boolean {
  for (const word of words) {
    if (word === "--") return false;
    if (word === "--help" || (word === "-h" && !usesShort(command, "h"))) return true;
    if (command.stopAtFirst === true && !word.startsWith("-")) return false;
  }
  return false;
}

function usesShort(command: Command, short: string): boolean {
  return Object.values(command.options).some((option) => option.short === short);
}

function checkArguments(args: readonly string[], command: Command, name: string): void {
  const [least, most] = command.args;
  if (args.length >= least && args.length <= most) return;
  throw new EstibaError("invalid", {
    reason: "cli.argument_count",
    what: countError(args.length, command.args, name),
    fix: `usage: estiba ${name} ${command.usage}`,
  });
}

// In the words that Podman has for it.
function countError(count: number, [least, most]: Command["args"], name: string): string {
  if (most === 0) return `\`estiba ${name}\` takes no arguments`;
  if (least === most) return `accepts ${least} arg(s), received ${count}`;
  if (count < least) return `requires at least ${least} arg(s), only received ${count}`;
  return `accepts at most ${most} arg(s), received ${count}`;
}

function globalsOf(values: Values<typeof GLOBAL_OPTIONS>): Globals {
  return { root: values.root, runRoot: values.runroot, runtime: values.runtime };
}

function makeCli(globals: Globals, open: typeof openEngine, doors: Doors): Cli {
  const opened: { engine?: Engine } = {};
  return {
    ...doors,
    globals,
    engine: () => (opened.engine ??= open(globals)),
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    warn: (text) => {
      if (isLogged("warn")) writeAll(2, `WARN: ${text}\n`);
    },
  };
}
