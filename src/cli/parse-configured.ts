import type { Command, Options } from "./command.ts";
import { type Parsed, parseCommandLine } from "./parse.ts";

/** A command's words by its table, with what containers.conf says before them. */
export async function parseConfigured(
  words: readonly string[],
  command: Pick<Command, "options" | "stopAtFirst" | "configured">,
  name: string,
): Promise<Parsed<Options>> {
  const how = { stopAtFirst: command.stopAtFirst ?? false, prefix: `estiba ${name}` };
  const parsed = parseCommandLine(words, command.options, how);
  if (command.configured !== true) return parsed;
  const { containersConf, setEngineVariables } = await import("../config/containers-conf.ts");
  const { configuredWords } = await import("./configured.ts");
  const conf = containersConf(process.env);
  setEngineVariables(conf, process.env);
  const defaults = configuredWords(conf, command.options, parsed.values);
  return defaults.length === 0 ? parsed : parseCommandLine([...defaults, ...words], command.options, how);
}
