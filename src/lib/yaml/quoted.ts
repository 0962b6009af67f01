import { type Cursor, isLineEnd, NEWLINE, originAt, skipBlanks, syntaxError } from "./cursor.ts";
import { type Scalar, scalar } from "./node.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\u0007",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\u001B",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  N: "\u0085",
  _: "\u00A0",
  L: "\u2028",
  P: "\u2029",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const ENDS = { "'": /['\r\n]/g, '"': /["\\\r\n]/g } as const;

/** A quoted scalar, the cursor at its first quote. Line ends in it fold to blanks. */
export function readQuoted(cursor: Cursor): Scalar {
  const start = cursor.at;
  const quote = cursor.text[start] === "'" ? "'" : '"';
  const pattern = ENDS[quote];
  let value = "";
  cursor.at += 1;
  for (;;) {
    pattern.lastIndex = cursor.at;
    const found = pattern.exec(cursor.text);
    if (found === null) throw syntaxError(cursor, "this quote is never closed", start);
    value += cursor.text.slice(cursor.at, found.index);
    cursor.at = found.index;
    const char = found[0];
    if (char === quote) {
      cursor.at += 1;
      if (quote === '"' || cursor.text[cursor.at] !== "'") break;
      value += "'";
      cursor.at += 1;
    } else if (char === "\\") value = readEscape(cursor, value);
    else value = fold(cursor, value.replace(/[ \t]+$/, ""), start);
  }
  return scalar(value, originAt(cursor, start));
}

function readEscape(cursor: Cursor, value: string): string {
  const { text, at } = cursor;
  const char = text[at + 1] ?? "";
  if (isLineEnd(text.charCodeAt(at + 1))) {
    // An escaped line end joins two lines without a blank; what is blank before the escape stays.
    cursor.at += text.startsWith("\r\n", at + 1) ? 3 : 2;
    cursor.lineStart = cursor.at;
    skipBlanks(cursor);
    return value;
  }
  const length = HEX_DIGITS[char];
  if (length !== undefined) {
    const digits = text.slice(at + 2, at + 2 + length);
    const point = /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? Number.parseInt(digits, 16) : -1;
    if (point < 0 || point > 0x10ffff)
      throw syntaxError(cursor, `the escape "\\${char}" needs ${length} hexadecimal digits`);
    cursor.at += 2 + length;
    return value + String.fromCodePoint(point);
  }
  const escaped = ESCAPES[char];
  if (escaped === undefined)
    throw syntaxError(cursor, `there is no escape "\\${char}"`, at, "double the backslash, or use single quotes");
  cursor.at += 2;
  return value + escaped;
}

/** The line ends at the cursor, folded: one is a blank, more are one less. */
function fold(cursor: Cursor, before: string, start: number): string {
  let breaks = 0;
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (!isLineEnd(code) || Number.isNaN(code)) break;
    if (code === NEWLINE || cursor.text.charCodeAt(cursor.at + 1) !== NEWLINE) breaks += 1;
    cursor.at += 1;
    cursor.lineStart = cursor.at;
    if (/^(?:---|\.\.\.)(?:\s|$)/.test(cursor.text.slice(cursor.at, cursor.at + 4)))
      throw syntaxError(cursor, "this quote is never closed", start);
    skipBlanks(cursor);
  }
  return before + (breaks === 1 ? " " : "\n".repeat(breaks - 1));
}
