import { atMost } from "../../lib/at-most.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { exitCodeOf, formatError } from "../exit.ts";

/**
 * Does one thing to each of several names, at the same time: what succeeds is printed in the order given, what fails is told on stderr, and
 * the others go on. The exit code is the first failure's, unless the verb has codes of its own.
 */
export async function forEachName(
  cli: Pick<Cli, "out" | "err">,
  names: readonly string[],
  work: (name: string) => Promise<string | undefined>,
  exitCodeFor: (failures: readonly unknown[]) => number = ([first]) => exitCodeOf(first),
): Promise<number> {
  const results = await Promise.allSettled(names.map(work));
  const failures: unknown[] = [];
  for (const result of results) {
    if (result.status === "fulfilled") {
      if (result.value !== undefined) cli.out(`${result.value}\n`);
      continue;
    }
    cli.err(formatError(result.reason));
    failures.push(result.reason);
  }
  return failures.length === 0 ? 0 : exitCodeFor(failures);
}

/** What makes or ends processes gets no faster by more at once; each that ends has an exit hook, which waits while a command has its lock. */
const AT_ONCE = 8;

/** `work` for a verb that does not wait for what a container does: some at a time, so that none is locked before it is its turn. */
export function someAtOnce(work: (name: string) => Promise<string | undefined>): typeof work {
  return atMost(AT_ONCE, work);
}

/** `work`, but undefined for a container that is not there: what `--ignore` asks for. */
export async function ignoringUnknown(
  ignore: boolean,
  work: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await work();
  } catch (error) {
    if (ignore && isEstibaError(error, "not_found")) return undefined;
    throw error;
  }
}
