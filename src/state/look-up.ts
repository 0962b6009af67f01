import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";

/** How one speaks of a kind of object when a name, an id, or the beginning of one means none of it, or several. */
export type Kind = {
  readonly noun: string;
  /** The command that lists them. */
  readonly list: string;
  /** What a beginning is the beginning of. */
  readonly by: "id" | "name";
  readonly ambiguous: { readonly reason: string };
  readonly unknown: { readonly reason: string; readonly what: (text: string) => string };
};

/** Whether the text can be the beginning of an id. */
export function isIdPrefix(text: string): boolean {
  return /^[0-9a-f]{1,64}$/.test(text);
}

/**
 * The only one of those that a text fits; two are enough to tell that there are several. Throws `invalid` for several, and `not_found`, with
 * the nearest name there is, for none.
 */
export function onlyOne<T>(kind: Kind, text: string, fitting: readonly T[], names: () => readonly string[]): T {
  const [only, second] = fitting;
  if (second !== undefined) throw severalFit(kind, text);
  if (only !== undefined) return only;
  throw noneFits(kind, text, nearest(text, names()));
}

function severalFit({ noun, by, ambiguous }: Kind, text: string): EstibaError {
  return new EstibaError("invalid", {
    ...ambiguous,
    what: `"${text}" is the beginning of more than one ${noun}'s ${by}`,
    fix: by === "id" ? "give more of it, or the name" : "give more of it",
  });
}

function noneFits({ noun, list, unknown }: Kind, text: string, guess: string | undefined): EstibaError {
  return new EstibaError("not_found", {
    reason: unknown.reason,
    what: unknown.what(text),
    fix: guess === undefined ? `see: ${list}` : `did you mean "${guess}"? See: ${list}`,
    details: { [noun]: text },
  });
}
