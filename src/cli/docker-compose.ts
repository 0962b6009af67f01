import { writeAll } from "./context.ts";

/** What Docker's CLI asks a plugin first. Source: docker/cli, cli-plugins/metadata. */
const METADATA = {
  SchemaVersion: "0.1.0",
  Vendor: "Estiba",
  Version: "v5.5.0",
  ShortDescription: "Run projects that Compose files describe, without a daemon",
};

/**
 * The words of a program called `docker-compose`, as words of `estiba`: by itself, or as the plugin `compose` of Docker's CLI, which puts the
 * plugin's name in front. Undefined where the question was answered already.
 */
export function composeWords(words: readonly string[]): string[] | undefined {
  if (words[0] === "docker-cli-plugin-metadata") {
    writeAll(1, `${JSON.stringify(METADATA)}\n`);
    return undefined;
  }
  const rest = words[0] === "compose" ? words.slice(1) : words;
  return ["compose", ...(rest[0] === "--version" || rest[0] === "-v" ? ["version"] : rest)];
}
