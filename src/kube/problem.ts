import { codeFrame, type Place } from "../lib/code-frame.ts";
import { type ErrorCode, EstibaError } from "../lib/error.ts";
import type { Source } from "./yaml/node.ts";

/** What is wrong at a place of a file, and how to mend it. */
export type Problem = { readonly place: Place; readonly what: string; readonly fix?: string | undefined };

type Parts = {
  readonly what: string;
  readonly fix?: string | undefined;
  readonly code?: ErrorCode;
  readonly reason?: string;
};

/** The error for what is wrong at a place: `FILE:LINE:COLUMN: what`, the line and a caret. */
export function placedError(source: Source, place: Place, { what, fix, code = "invalid", reason }: Parts): EstibaError {
  return new EstibaError(code, {
    reason: reason ?? "kube.syntax",
    what: `${at(source, place)}: ${what}\n${codeFrame(source.text, place)}`,
    ...(fix === undefined ? {} : { fix }),
    details: { file: source.name, ...place },
  });
}

/** One error for all that is wrong with a file: the one problem with its line, or a line for each of several. */
export function problemsError(source: Source, problems: readonly Problem[]): EstibaError {
  const [first] = problems;
  if (first !== undefined && problems.length === 1)
    return placedError(source, first.place, { ...first, reason: "kube.invalid" });
  const lines = problems.map(
    ({ place, what, fix }) => `  ${at(source, place)}: ${what}${fix === undefined ? "" : `; ${fix}`}`,
  );
  return new EstibaError("invalid", {
    reason: "kube.invalid",
    what: `${source.name} has ${problems.length} mistakes:\n${lines.join("\n")}`,
    fix: "correct the file there",
    details: { file: source.name, problems: problems.length },
  });
}

/** `FILE:LINE:COLUMN`. */
export function at({ name }: Source, { line, column }: Place): string {
  return `${name}:${line}:${column}`;
}
