import { EstibaError } from "../lib/error.ts";
import type { Origin } from "../lib/yaml/node.ts";
import { describePlace, problemAt } from "../lib/yaml/problem.ts";

/** What is wrong at a place of a file, and how to mend it. */
export type Problem = { readonly origin: Origin; readonly what: string; readonly fix?: string | undefined };

/** Problems in the order of the file, each once: replicas say the same of one place. */
export function inOrder(problems: readonly Problem[]): Problem[] {
  const byText = new Map(problems.map((problem) => [`${problem.origin.offset}:${problem.what}`, problem]));
  return [...byText.values()].sort((a, b) => a.origin.offset - b.origin.offset);
}

/** `FILE:LINE:COLUMN: what`. */
export function describeProblem({ origin, what }: Problem): string {
  return `${describePlace(origin)}: ${what}`;
}

/** One error for all that is wrong with a file: the one problem with its line and a caret, or a line for each of several. */
function problemsError(problems: readonly [Problem, ...Problem[]]): EstibaError {
  const sorted = inOrder(problems);
  const [{ origin, what, fix }] = problems;
  if (sorted.length === 1) return problemAt(origin, { reason: "kube.invalid", what, fix });
  const { name } = origin.source;
  const lines = sorted.map((each) => `  ${describeProblem(each)}${each.fix === undefined ? "" : `; ${each.fix}`}`);
  return new EstibaError("invalid", {
    reason: "kube.invalid",
    what: `${name} has ${sorted.length} mistakes:\n${lines.join("\n")}`,
    fix: "correct the file there",
    details: { file: name, problems: sorted.length },
  });
}

/** Throws {@link problemsError} where there are any. */
export function refuseProblems(problems: readonly Problem[]): void {
  const [first, ...others] = problems;
  if (first !== undefined) throw problemsError([first, ...others]);
}
