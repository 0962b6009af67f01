import type { Command, Options } from "./command.ts";
import type { ConfiguredWord } from "./configured.ts";
import { type Parsed, parseCommandLine } from "./parse.ts";

/** What a command is called with, and how an error of its options is told where containers.conf set them. */
export type Configured = Parsed<Options> & { readonly explain: (error: unknown) => Promise<unknown> };

const asItIs = async (error: unknown): Promise<unknown> => await Promise.resolve(error);

/** A command's words by its table, with what containers.conf says before them. */
export async function parseConfigured(
  words: readonly string[],
  command: Pick<Command, "options" | "stopAtFirst" | "configured">,
  name: string,
): Promise<Configured> {
  const how = { stopAtFirst: command.stopAtFirst ?? false, prefix: `estiba ${name}` };
  const parsed = parseCommandLine(words, command.options, how);
  if (command.configured !== true) return { ...parsed, explain: asItIs };
  const { containersConf, setEngineVariables } = await import("../config/containers-conf.ts");
  const { configuredWords } = await import("./configured.ts");
  const conf = containersConf(process.env);
  setEngineVariables(conf, process.env);
  const defaults = configuredWords(conf, command.options, parsed.values);
  if (defaults.length === 0) return { ...parsed, explain: asItIs };
  const explain = async (error: unknown): Promise<unknown> => await explained(error, defaults, parsed.values);
  try {
    const all = [...defaults.map(({ word }) => word), ...words];
    return { ...parseCommandLine(all, command.options, how), explain };
  } catch (error) {
    throw await explain(error);
  }
}

async function explained(
  error: unknown,
  defaults: readonly ConfiguredWord[],
  given: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return (await import("./configured-error.ts")).inTheirWords(error, defaults, given);
}
