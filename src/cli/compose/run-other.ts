import type { Command } from "../command.ts";
import type { Cli } from "../context.ts";
import { parseCommandLine } from "../parse.ts";

/** Runs another command of Estiba, with words as on its command line. */
export async function runOther(cli: Cli, command: Command, words: readonly string[]): Promise<number> {
  const { values, args } = parseCommandLine(words, command.options, {
    stopAtFirst: command.stopAtFirst ?? false,
    prefix: `estiba ${command.name}`,
  });
  return await command.run(values, args, cli);
}

/** `--name value` for an option that was given, nothing for one that was not. */
export function given(name: string, value: string | number | boolean | readonly string[] | undefined): string[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [name];
  if (typeof value === "object") return value.flatMap((each) => [name, each]);
  return [name, String(value)];
}
