import { openEngine } from "../engine/engine.ts";
import { isEstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { namesOf } from "./completion/names.ts";
import { type Candidate, suggest } from "./completion/suggest.ts";
import { GLOBAL_OPTIONS } from "./globals.ts";
import { parseCommandLine } from "./parse.ts";

/** What the completion scripts call: never an error on the user's prompt, at worst nothing is suggested. */
export const command: Command = defineCommand({
  name: "__complete",
  summary: "Suggest what could follow the words of a command line",
  usage: "-- [WORD...]",
  options: { "no-desc": { kind: "flag", help: "Without meanings" } },
  args: [0, Number.POSITIVE_INFINITY],
  stopAtFirst: true,
  examples: [],
  async run(values, words, cli) {
    const suggestion = await suggest(words);
    const { kind, prefix } = suggestion;
    // What is offered and exists, such as the network bridge, stands there once.
    const candidates = new Map([...suggestion.candidates, ...existingNames(words)]);
    const current = words.at(-1) ?? "";
    const shown = [...candidates].filter(([word]) => word.startsWith(current));
    cli.out(`${kind === "file" || kind === "directory" ? kind : "words"}\n`);
    const lines = shown.map(([word, meaning]) => (values["no-desc"] ? word : `${word}\t${meaning}`));
    cli.out(lines.map((line) => `${line}\n`).join(""));
    return 0;

    function existingNames(typed: readonly string[]): Candidate[] {
      try {
        const globals = parseCommandLine(typed.slice(0, -1), GLOBAL_OPTIONS, {
          stopAtFirst: true,
          prefix: "estiba",
        }).values;
        const engine = openEngine({ root: globals.root, runRoot: globals.runroot });
        return namesOf(kind, engine).map(([word, meaning]) => [prefix + word, meaning]);
      } catch (error) {
        if (isEstibaError(error)) return [];
        throw error;
      }
    }
  },
});
