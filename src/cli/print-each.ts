import type { Cli } from "./context.ts";
import { exitCodeOf, formatError } from "./exit.ts";
import { printDocuments } from "./inspect.ts";

const INDENT = 4;

/** Prints the documents of what was named, and an error for each that has none. Gives the exit code. */
export async function printEach(
  cli: Cli,
  names: readonly string[],
  format: string | undefined,
  documentOf: (name: string) => Promise<object>,
): Promise<number> {
  const found: object[] = [];
  let code = 0;
  for (const name of names) {
    try {
      found.push(await documentOf(name));
    } catch (error) {
      cli.err(formatError(error));
      code = exitCodeOf(error);
    }
  }
  await printDocuments(cli, found, format, INDENT);
  return code;
}
