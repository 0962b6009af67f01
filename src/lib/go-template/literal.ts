import { parseError, type Source } from "./syntax.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

type Read<T> = { value: T; end: number };

/** Reads a Go string literal, `"..."` with escapes or `` `...` `` without, at an offset (Go specification, String literals). */
export function readQuoted(source: Source, start: number): Read<string> {
  const { text } = source;
  if (text[start] === "`") {
    const end = text.indexOf("`", start + 1);
    if (end < 0) throw parseError(source, start, { what: "unterminated raw quoted string" });
    return { value: text.slice(start + 1, end), end: end + 1 };
  }
  const parts: Buffer[] = [];
  let at = start + 1;
  while (text[at] !== '"') {
    if (at >= text.length || text[at] === "\n") throw parseError(source, start, { what: "unterminated quoted string" });
    const { value, end } = readUnit(source, at);
    // \x and octal escapes are bytes of UTF-8, not characters.
    parts.push(typeof value === "number" ? Buffer.of(value) : Buffer.from(value));
    at = end;
  }
  return { value: Buffer.concat(parts).toString(), end: at + 1 };
}

/** Reads a Go character literal such as `'x'` as its code point. */
export function readCharacter(source: Source, start: number): Read<number> {
  const whole = /'(?:\\.|[^'\\\n])*'/y;
  whole.lastIndex = start;
  const text = whole.exec(source.text)?.[0];
  if (text === undefined) throw parseError(source, start, { what: "unterminated character constant" });
  if (text === "''") throw parseError(source, start, { what: "invalid syntax" });
  const { value, end } = readUnit(source, start + 1);
  if (end !== start + text.length - 1)
    throw parseError(source, start, { what: `malformed character constant: ${text}` });
  return { value: typeof value === "number" ? value : (value.codePointAt(0) ?? 0), end: end + 1 };
}

/** One character, or a number for an escape that means a byte. */
function readUnit({ name, text: source }: Source, at: number): Read<string | number> {
  if (source[at] !== "\\") {
    const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
    return { value: character, end: at + character.length };
  }
  const simple = SIMPLE[source[at + 1] ?? ""];
  if (simple !== undefined) return { value: simple, end: at + 2 };
  const coded = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
  coded.lastIndex = at;
  const found = coded.exec(source);
  if (found === null) throw parseError({ name, text: source }, at, { what: "invalid syntax" });
  const [whole, byte, octal, short, long] = found;
  const end = at + whole.length;
  if (byte !== undefined) return { value: Number.parseInt(byte, 16), end };
  if (octal !== undefined) return { value: Number.parseInt(octal, 8), end };
  const point = Number.parseInt(short ?? long ?? "0", 16);
  if (point > 0x10ffff) throw parseError({ name, text: source }, at, { what: "invalid syntax" });
  return { value: String.fromCodePoint(point), end };
}
