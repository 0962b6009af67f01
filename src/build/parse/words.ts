/** A piece of an instruction and where it begins in the instruction's text. */
export type Word = { readonly text: string; readonly index: number };

/** A flag such as `--chown=1:1`; `value` is undefined where there is no `=`. */
export type Flag = { readonly name: string; readonly value: string | undefined; readonly index: number };

/** The flags at the beginning of a text from an index on, quotes and escapes removed, and where the rest begins. */
export function takeFlags(text: string, from: number, escape: string): { flags: Flag[]; rest: number } {
  const flags: Flag[] = [];
  let at = skipBlank(text, from);
  while (text.startsWith("--", at)) {
    const { value, end } = unquoteWord(text, at, escape);
    const start = at;
    at = skipBlank(text, end);
    // A bare -- ends them.
    if (value === "--") break;
    const equals = value.indexOf("=");
    flags.push(
      equals < 0
        ? { name: value.slice(2), value: undefined, index: start }
        : { name: value.slice(2, equals), value: value.slice(equals + 1), index: start },
    );
  }
  return { flags, rest: at };
}

/** Words between white space, as they are: quotes mean nothing. */
export function splitBlank(text: string, from: number): Word[] {
  return [...text.slice(from).matchAll(/\S+/g)].map((match) => ({ text: match[0], index: from + match.index }));
}

/** Words between white space that is neither quoted nor escaped; quotes and escapes stay in them, for the expansion to remove. */
export function splitQuoted(text: string, from: number, escape: string): Word[] {
  const words: Word[] = [];
  for (let at = skipBlank(text, from); at < text.length; ) {
    const end = endOfWord(text, at, escape);
    words.push({ text: text.slice(at, end), index: at });
    at = skipBlank(text, end);
  }
  return words;
}

/** The strings of a JSON array; `text` where it is none, `not strings` for an array of other things. */
export function jsonStrings(text: string): readonly string[] | "text" | "not strings" {
  if (!text.startsWith("[")) return "text";
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return "text";
    throw error;
  }
  if (!Array.isArray(parsed)) return "text";
  return parsed.every((item) => typeof item === "string") ? parsed : "not strings";
}

function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at++;
  return at;
}

function endOfWord(text: string, from: number, escape: string): number {
  let quote = "";
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === escape && quote !== "'") at++;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (/\s/.test(character)) return at;
  }
  return Math.min(at, text.length);
}

function unquoteWord(text: string, from: number, escape: string): { value: string; end: number } {
  const end = endOfWord(text, from, escape);
  let value = "";
  let quote = "";
  for (let at = from; at < end; at++) {
    const character = text[at] ?? "";
    if (character === escape && quote !== "'" && at + 1 < end) value += text[++at];
    else if (quote !== "" && character === quote) quote = "";
    else if (quote === "" && (character === '"' || character === "'")) quote = character;
    else value += character;
  }
  return { value, end };
}
