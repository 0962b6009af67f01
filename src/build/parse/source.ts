import { codeFrame, type Place } from "../../lib/code-frame.ts";
import { EstibaError } from "../../lib/error.ts";

/** A Containerfile as text, with the name it has in messages. */
export type Source = { readonly name: string; readonly text: string };

/** The error for what is wrong at a place of a Containerfile: `FILE:LINE:COLUMN: why`, the line and a caret. */
export function syntaxError(
  source: Source,
  place: Place,
  why: string,
  options: { readonly fix?: string | undefined; readonly reason?: string } = {},
): EstibaError {
  const { fix } = options;
  return new EstibaError("invalid", {
    reason: options.reason ?? "build.syntax",
    what: `${source.name}:${place.line}:${place.column}: ${why}\n${codeFrame(source.text, place)}`,
    ...(fix === undefined ? {} : { fix }),
    details: { file: source.name, line: place.line, column: place.column },
  });
}
