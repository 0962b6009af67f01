import type { ScalarValue } from "./node.ts";

const WORDS: ReadonlyMap<string, ScalarValue> = new Map<string, ScalarValue>([
  ["", null],
  ["~", null],
  ["null", null],
  ["Null", null],
  ["NULL", null],
  ["true", true],
  ["True", true],
  ["TRUE", true],
  ["false", false],
  ["False", false],
  ["FALSE", false],
  [".inf", Number.POSITIVE_INFINITY],
  [".Inf", Number.POSITIVE_INFINITY],
  [".INF", Number.POSITIVE_INFINITY],
  ["+.inf", Number.POSITIVE_INFINITY],
  ["-.inf", Number.NEGATIVE_INFINITY],
  [".nan", Number.NaN],
  [".NaN", Number.NaN],
  [".NAN", Number.NaN],
]);
const NUMBER =
  /^[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?)$/;

/**
 * What a plain scalar means by YAML 1.2's core schema, with what Go's reader adds: `0440` and `0o440` are octal, `0b11` is binary, digits
 * may be grouped by `_`. `yes`, `on` and `12:30:00` are texts. An integer too large to be exact stays a text.
 */
export function resolveScalar(text: string): ScalarValue {
  const code = text.charCodeAt(0);
  // Most plain scalars begin with a letter that begins no word above.
  const digit = code >= 48 && code <= 57;
  if (!digit && code > 57 && code < 126 && !"tTfFnN".includes(text[0] ?? "")) return text;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  return NUMBER.test(text) ? numberOf(text) : text;
}

function numberOf(text: string): number | string {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[-+]/, "").replaceAll("_", "");
  const size = unsignedOf(digits);
  if (!Number.isFinite(size) || (Number.isInteger(size) && !Number.isSafeInteger(size))) return text;
  return negative ? -size : size;
}

function unsignedOf(digits: string): number {
  const octal = /^0[oO]?([0-7]+)$/.exec(digits);
  if (octal !== null) return Number.parseInt(octal[1] ?? "", 8);
  return Number(digits);
}
