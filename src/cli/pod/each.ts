import type { PodOutcome } from "../../engine/pod/each.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { Cli } from "../context.ts";
import { exitCodeOf, formatError } from "../exit.ts";

/**
 * Does one thing to each of several pods, one after another: the name of one where all went well is printed, what failed is told on stderr,
 * a line for each member, and the others go on. The exit code is that of the first failure.
 */
export async function forEachPod(
  cli: Cli,
  names: readonly string[],
  work: (name: string) => Promise<PodOutcome | undefined>,
): Promise<number> {
  const failures: unknown[] = [];
  for (const name of names) {
    const before = failures.length;
    try {
      const outcome = await work(name);
      if (outcome === undefined) continue;
      for (const warning of outcome.warnings) cli.warn(warning);
      failures.push(...outcome.failures.map(({ error }) => error));
    } catch (error) {
      failures.push(error);
    }
    for (const failure of failures.slice(before)) cli.err(formatError(failure));
    if (failures.length === before) cli.out(`${name}\n`);
  }
  return failures.length === 0 ? 0 : exitCodeOf(failures[0]);
}

/** `work`, but undefined for a pod that is not there: what `--ignore` asks for. */
export async function unlessUnknown<T>(ignore: boolean, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (ignore && isEstibaError(error, "not_found") && error.reason === "pod.unknown") return undefined;
    throw error;
  }
}
