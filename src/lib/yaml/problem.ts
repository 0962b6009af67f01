import { codeFrame, type Place } from "../code-frame.ts";
import { type ErrorCode, EstibaError } from "../error.ts";
import type { Origin } from "./node.ts";

type Parts = {
  readonly reason: string;
  /** Lower case, without the place. */
  readonly what: string;
  readonly fix?: string | undefined;
  /** Another place that has to do with it, shown below the first. */
  readonly also?: Origin;
  readonly cause?: unknown;
  readonly code?: ErrorCode;
};

/** Line and column of an offset, both from 1. */
export function placeOf({ source, offset }: Origin): Place {
  const before = source.text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}

/** `compose.yaml:3:5`. */
export function describePlace(origin: Origin): string {
  const { line, column } = placeOf(origin);
  return `${origin.source.name}:${line}:${column}`;
}

/** An error about a value: `file:line:column: what`, and below it the line with a caret. */
export function problemAt(origin: Origin, { reason, what, fix, also, cause, code = "invalid" }: Parts): EstibaError {
  const frames = [origin, ...(also === undefined ? [] : [also])].map((origin) =>
    codeFrame(origin.source.text, placeOf(origin)),
  );
  return new EstibaError(code, {
    reason,
    what: [`${describePlace(origin)}: ${what}`, ...frames].join("\n"),
    ...(fix === undefined ? {} : { fix }),
    ...(cause === undefined ? {} : { cause }),
    details: { file: origin.source.name, ...placeOf(origin), problem: what },
  });
}
