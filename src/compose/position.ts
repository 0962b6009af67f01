import { codeFrame } from "../lib/code-frame.ts";
import type { Sources } from "./sources.ts";

/** `compose.yaml:12:5`, and the lines there with a caret below. */
export type Position = { readonly where: string; readonly frame: string; readonly line: number };

/** Where a value of the project was written; undefined for what only defaults made. */
export function positionOf(sources: Sources, path: readonly (string | number)[]): Position | undefined {
  const origin = sources.of(path);
  if (origin === undefined) return undefined;
  const before = origin.file.text.slice(0, origin.offset).split("\n");
  const line = before.length;
  const column = (before.at(-1) ?? "").length + 1;
  return { where: `${origin.file.name}:${line}:${column}`, frame: codeFrame(origin.file.text, { line, column }), line };
}
