import { tasksOf } from "../../cluster/reach/dial.ts";
import type { Command, Options, Values } from "../command.ts";
import type { Cli } from "../context.ts";
import { parseCommandLine } from "../parse.ts";
import { refuseOptions } from "../remote/main.ts";
import type { Found } from "../usual-commands.ts";
import { findTaskPlace } from "./find.ts";
import { type NamedWord, placeElsewhere } from "./named-word.ts";
import { TASK_VERBS } from "./verbs.ts";

type Called = {
  readonly found: Found;
  readonly command: Command;
  readonly values: Values<Options>;
  readonly args: string[];
  readonly cli: Cli;
};

/**
 * Runs a command that has found no container of a name, when that means a task of the cluster, wherever it is. Throws what the command did,
 * when it means none, or the command is not about tasks.
 */
export async function runAtTask(unknown: Error, called: Called): Promise<number> {
  const { found, command, values, cli } = called;
  const verb = TASK_VERBS[found.entry.names[0] ?? ""];
  if (verb === undefined) throw unknown;
  const { named, args } = await withIds(cli, called.args, verb.words);
  const [first] = named.flatMap(({ name, place }) => (place === undefined ? [] : [{ name, place }]));
  if (first === undefined) throw unknown;
  const isAway = named.some(({ place }) => placeElsewhere(cli.engine(), place) !== undefined);
  if (!isAway) return await command.run(values, args, cli);
  const { load, several } = verb;
  if (several !== undefined && (load === undefined || named.length > 1))
    return await (await several())(cli, values, named);
  if (load === undefined) throw unknown;
  const { name, place } = first;
  const { run, options } = await load();
  const prefix = `estiba ${found.name}`;
  // Without what this machine's containers.conf says, as for any engine elsewhere.
  const stopAtFirst = command.stopAtFirst === true;
  const asked = parseCommandLine(found.rest, command.options, { stopAtFirst, prefix });
  const why = `does not go to another node, and ${name} is on ${place.nodeName}`;
  refuseOptions(asked.values, { options }, { command, prefix, why, fix: "leave it out" });
  using client = tasksOf(cli.engine(), place.nodeId);
  return await run(asked.values, args, { out: cli.out, err: cli.err, warn: cli.warn, client });
}

type Named = { readonly named: readonly NamedWord[]; readonly args: string[] };

/** The words that may name tasks, and all words with their containers' ids instead. */
async function withIds(cli: Cli, words: readonly string[], which: "first" | "each" | "paths"): Promise<Named> {
  const named: NamedWord[] = [];
  const args: string[] = [];
  for (const [index, word] of words.entries()) {
    const [, name = word, path = ""] = which === "paths" ? (/^([^/.:][^:]*):(.*)$/s.exec(word) ?? []) : [];
    const mayName = which === "first" ? index === 0 : which === "each" || name !== word;
    const place = mayName ? await findTaskPlace(cli, name) : undefined;
    if (mayName) named.push({ name, path, place });
    args.push(place === undefined ? word : which === "paths" ? `${place.containerId}:${path}` : place.containerId);
  }
  return { named, args };
}
