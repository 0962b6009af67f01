import type { Engine, openEngine } from "../engine/engine.ts";
import { EstibaError } from "../lib/error.ts";
import { isLogged, logDebug } from "../lib/log.ts";
import { applyGlobals } from "./apply-globals.ts";
import type { Command, Values } from "./command.ts";
import { type Cli, type Doors, type Globals, writeAll } from "./context.ts";
import { chooseElsewhere } from "./elsewhere.ts";
import { exitCodeOf, formatError } from "./exit.ts";
import { GLOBAL_OPTIONS } from "./globals.ts";
import { parseCommandLine } from "./parse.ts";
import { type Configured, parseConfigured } from "./parse-configured.ts";
import { type Found, findEntry, USUAL_COMMANDS } from "./usual-commands.ts";
import { checkArguments, wantsHelp } from "./words.ts";

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
  const found = await findCalled(args);
  if (found === undefined) return unknownCommand(args);
  const command = await found.entry.load();
  const words = found.rest;
  if (wantsHelp(words, command)) {
    writeAll(1, (await import("./help.ts")).commandHelp(command, found.name));
    return 0;
  }
  // What runs by itself was started by a command that has passed this.
  if (found.entry.hidden !== true) applyGlobals(values, process.env);
  const elsewhere = worksHere(found.entry) ? undefined : chooseElsewhere(values, process.env);
  if (elsewhere !== undefined) {
    const { runElsewhere } = await import("./remote/main.ts");
    return await runElsewhere(elsewhere, {
      globals: values,
      found,
      command,
      cli: makeCli(globalsOf(values), notHere, doors),
    });
  }
  const parsed = await parseConfigured(words, command, found.name);
  checkArguments(parsed.args, command, found.name);
  logDebug(() => `called ${found.name} by ${process.execPath}`);
  if (process.getuid?.() !== 0)
    await (await import("./rootless.ts")).enterWhereNotRoot(found.entry, globalsOf(values), argv);
  const engineModule = await import("../engine/engine.ts");
  const cli = makeCli(globalsOf(values), engineModule.openEngine, doors);
  if (command.frees !== true) return await runHere(parsed, { found, command, cli });
  using _room = (await import("../state/reserve.ts")).openReserve(cli.engine().paths);
  return await command.run(parsed.values, parsed.args, cli);
}

type Called = { readonly found: Found; readonly command: Command; readonly cli: Cli };

/** Runs a command; where there is no such container, it may be one of the cluster's. */
async function runHere({ values, args, explain }: Configured, called: Called): Promise<number> {
  const { command, cli } = called;
  try {
    return await command.run(values, args, cli);
  } catch (error) {
    if (!(error instanceof EstibaError) || error.reason !== "container.unknown") throw await explain(error);
    return await (await import("./task/run.ts")).runAtTask(error, { ...called, values, args });
  }
}

function worksHere({ hidden, isEngine, isLocal }: Found["entry"]): boolean {
  return hidden === true || isEngine === true || isLocal === true;
}

function notHere(): never {
  throw new Error("a command for an engine elsewhere has asked for the one here");
}

// Options may stand between `compose` and its verb, which it finds by itself.
async function findCalled(args: readonly string[]): Promise<Found | undefined> {
  if (args[0] !== "compose") return await findCommand(args);
  const found = await findCommand(["compose"]);
  return found === undefined ? undefined : { ...found, rest: args.slice(1) };
}

async function findCommand(words: readonly string[]): Promise<Found | undefined> {
  return findEntry(USUAL_COMMANDS, words) ?? (await findPodCommand(words)) ?? (await findOther(words));
}

// Most of these have much to do, or stay: their code is worth compiling from the beginning (ADR 26).
async function findOther(words: readonly string[]): Promise<Found | undefined> {
  Bun.unsafe.setJITPolicy(1);
  return (await import("./commands.ts")).findCommand(words);
}

// A pod and its members are several commands in a row: none of them waits for the table of all.
async function findPodCommand(words: readonly string[]): Promise<Found | undefined> {
  return words[0] === "pod" ? findEntry((await import("./pod/commands.ts")).POD_COMMANDS, words) : undefined;
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
