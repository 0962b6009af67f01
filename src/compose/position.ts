import { codeFrame } from "../lib/code-frame.ts";
import { describePlace, placeOf } from "../lib/yaml/problem.ts";
import type { Sources } from "./sources.ts";

/** `compose.yaml:12:5`, and the lines there with a caret below. */
export type Position = { readonly where: string; readonly frame: string; readonly line: number };

/** Where a value of the project was written; undefined for what only defaults made. */
export function positionOf(sources: Sources, path: readonly (string | number)[]): Position | undefined {
  const origin = sources.of(path);
  if (origin === undefined) return undefined;
  const place = placeOf(origin);
  return { where: describePlace(origin), frame: codeFrame(origin.source.text, place), line: place.line };
}
