import { type Command, type CompletionKind, isShown, type Option, type Options } from "../command.ts";
import { COMMANDS, findCommand } from "../commands.ts";
import { GLOBAL_OPTIONS } from "../globals.ts";
import { GROUPS } from "../groups.ts";

/** A word that could stand here, and what it means. */
export type Candidate = readonly [word: string, meaning: string];

/** What could stand at the end of a command line: these words, or whatever the kind names (files, containers, ...). */
export type Suggestion = {
  readonly candidates: readonly Candidate[];
  readonly kind: CompletionKind;
  /** What stands before the kind's names in the same word, such as `--cidfile=`. */
  readonly prefix: string;
};

type Walk = { readonly args: number; readonly awaiting: Option | undefined; readonly ended: boolean };

/**
 * Suggests for the last of `words` (what follows `estiba`; the last may be empty), from the same tables that parse them. Only the
 * command that is named gets loaded. Candidates are not yet narrowed to what is typed.
 */
export async function suggest(words: readonly string[]): Promise<Suggestion> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  const start = globalEnd(before);
  if (start === undefined) return suggestOption(before, current, GLOBAL_OPTIONS);
  const found = findCommand(before.slice(start));
  if (found === undefined) {
    const path = before.slice(start);
    if (path.length === 0 && current.startsWith("-")) return suggestOption(before, current, GLOBAL_OPTIONS);
    return ofWords(commandNames(path));
  }
  return suggestArgument(await found.entry.load(), found.rest, current);
}

function suggestArgument(command: Command, before: readonly string[], current: string): Suggestion {
  const walk = walkWords(before, command.options, command.stopAtFirst ?? false);
  const inOptions = !walk.ended && (walk.awaiting !== undefined || current.startsWith("-"));
  if (inOptions) return suggestOption(before, current, command.options);
  // What follows the first argument is a command inside of the container: nothing here knows its words.
  const known = walk.args < (command.stopAtFirst === true ? 1 : command.args[1]);
  const kinds = [command.complete ?? "none"].flat();
  return ofKind((known ? (kinds[walk.args] ?? kinds.at(-1)) : undefined) ?? "none");
}

function suggestOption(before: readonly string[], current: string, options: Options): Suggestion {
  const { awaiting } = walkWords(before, options, true);
  if (awaiting !== undefined) return suggestValue(awaiting, "", current);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals > 0) {
    const option = findOption(current.slice(2, equals), options);
    return option === undefined ? ofKind("none") : suggestValue(option, current.slice(0, equals + 1), current);
  }
  const shown = Object.entries(options).filter(([, option]) => isShown(option));
  return ofWords([...shown.map(([name, { help }]): Candidate => [`--${name}`, help]), ["--help", "Show the help"]]);
}

function suggestValue(option: Option, prefix: string, current: string): Suggestion {
  if (option.kind === "flag") return ofWords([`${prefix}true`, `${prefix}false`].map((word) => [word, ""]));
  if (option.choices !== undefined) return ofWords(option.choices.map((choice) => [prefix + choice, ""]));
  const { offered = [], complete = "none" } = option;
  // What is no volume's name is a path.
  const isPath = complete === "mount-source" && /^[./~]/.test(current.slice(prefix.length));
  const candidates = offered.map((word): Candidate => [prefix + word, ""]);
  return { candidates, kind: isPath ? "file" : complete, prefix };
}

/** Where the options before the command's name end, or undefined when the line still is within them. */
function globalEnd(before: readonly string[]): number | undefined {
  for (let index = 0; index < before.length; index += 1) {
    const word = before[index] ?? "";
    if (!word.startsWith("-")) return index;
    if (awaited(word, GLOBAL_OPTIONS) === undefined) continue;
    index += 1;
    if (index >= before.length) return undefined;
  }
  return before.length;
}

function walkWords(words: readonly string[], options: Options, stopAtFirst: boolean): Walk {
  let args = 0;
  let awaiting: Option | undefined;
  let ended = false;
  for (const word of words) {
    if (awaiting !== undefined) awaiting = undefined;
    else if (!ended && word === "--") ended = true;
    else if (!ended && word.startsWith("-") && word !== "-") awaiting = awaited(word, options);
    else {
      args += 1;
      ended ||= stopAtFirst;
    }
  }
  return { args, awaiting, ended };
}

/** The option of this word, where its value has to be the next word. */
function awaited(word: string, options: Options): Option | undefined {
  if (word.startsWith("--")) {
    const option = word.includes("=") ? undefined : findOption(word.slice(2), options);
    return option?.kind === "flag" ? undefined : option;
  }
  // Of grouped short options (-it), the first that takes a value takes the rest of the word, or the next one.
  for (let index = 1; index < word.length; index += 1) {
    const option = Object.values(options).find(({ short }) => short === word[index]);
    if (option !== undefined && option.kind !== "flag") return index === word.length - 1 ? option : undefined;
  }
  return undefined;
}

function findOption(name: string, options: Options): Option | undefined {
  if (Object.hasOwn(options, name)) return options[name];
  return Object.values(options).find(({ aliases }) => aliases?.includes(name));
}

function commandNames(path: readonly string[]): Candidate[] {
  const shown = COMMANDS.filter(({ hidden }) => hidden !== true);
  const named = shown.flatMap(({ names, summary }) => names.map((name): Candidate => [name, summary]));
  if (path.length === 0) return [...named.filter(([name]) => !name.includes(" ")), ...Object.entries(GROUPS)];
  const before = `${path.join(" ")} `;
  // Of a name with further words the next one: once, whatever follows it.
  const next = named
    .filter(([name]) => name.startsWith(before))
    .map(([name, meaning]): Candidate => [name.slice(before.length).split(" ")[0] ?? "", meaning]);
  return [...new Map(next)];
}

function ofWords(candidates: readonly Candidate[]): Suggestion {
  return { candidates, kind: "none", prefix: "" };
}

function ofKind(kind: CompletionKind): Suggestion {
  return { candidates: [], kind, prefix: "" };
}
