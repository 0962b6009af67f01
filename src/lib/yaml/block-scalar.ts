import { type Cursor, HASH, isBlank, isLineEnd, originAt, skipBlanks, syntaxError } from "./cursor.ts";
import { type Scalar, scalar } from "./node.ts";

/** A block scalar (`|` or `>`), the cursor at its indicator; its lines are indented by more than `parent` columns. */
export function readBlockScalar(cursor: Cursor, parent: number): Scalar {
  const origin = originAt(cursor);
  const { text } = cursor;
  const folded = text[cursor.at] === ">";
  const header = /^[|>](?:([1-9])([-+]?)|([-+])([1-9])?)?/.exec(text.slice(cursor.at, cursor.at + 3));
  const chomping = header?.[2] ?? header?.[3] ?? "";
  const given = header?.[1] ?? header?.[4];
  cursor.at += header?.[0].length ?? 1;
  const blank = isBlank(text.charCodeAt(cursor.at));
  skipBlanks(cursor);
  if (!isLineEnd(text.charCodeAt(cursor.at)) && !(blank && text.charCodeAt(cursor.at) === HASH)) {
    throw syntaxError(cursor, "the text of a block scalar begins on the next line");
  }
  toNextLine(cursor);
  const indent = given === undefined ? findIndent(cursor, parent) : Math.max(parent, 0) + Number(given);
  const lines = takeLines(cursor, indent);
  return scalar(chomp(folded ? foldLines(lines) : lines.join("\n"), lines, chomping), origin);
}

function toNextLine(cursor: Cursor): void {
  const end = cursor.text.indexOf("\n", cursor.at);
  cursor.at = end === -1 ? cursor.text.length : end + 1;
  cursor.lineStart = cursor.at;
}

/** The indentation of the first line that is not blank; where that is not deeper than the parent, there is no text. */
function findIndent(cursor: Cursor, parent: number): number {
  const first = /^(?: *\r?\n)*( *)/.exec(cursor.text.slice(cursor.at))?.[1] ?? "";
  return Math.max(first.length, parent + 1);
}

function takeLines(cursor: Cursor, indent: number): string[] {
  const lines: string[] = [];
  while (cursor.at < cursor.text.length) {
    const end = cursor.text.indexOf("\n", cursor.at);
    const line = cursor.text.slice(cursor.at, end === -1 ? undefined : end).replace(/\r$/, "");
    const spaces = /^ */.exec(line)?.[0].length ?? 0;
    const empty = spaces === line.length;
    if (!empty && spaces < indent) break;
    if (indent === 0 && /^(?:---|\.\.\.)(?:\s|$)/.test(line)) break;
    lines.push(empty && spaces < indent ? "" : line.slice(indent));
    toNextLine(cursor);
  }
  return lines;
}

/** Lines of `>`: two that follow each other are joined by a blank, unless one is indented or empty. */
function foldLines(lines: readonly string[]): string {
  let text = "";
  let breaks = 0;
  let before: string | undefined;
  for (const line of lines) {
    if (line === "") {
      breaks += 1;
      continue;
    }
    const indented = /^[ \t]/.test(line) || (before !== undefined && /^[ \t]/.test(before));
    if (before === undefined) text += "\n".repeat(breaks);
    else if (indented) text += "\n".repeat(breaks + 1);
    else text += breaks === 0 ? " " : "\n".repeat(breaks);
    text += line;
    before = line;
    breaks = 0;
  }
  return text + "\n".repeat(breaks);
}

/** `-` drops line ends at the end, `+` keeps all, neither keeps one. */
function chomp(text: string, lines: readonly string[], chomping: string): string {
  const body = text.replace(/\n+$/, "");
  if (chomping === "-") return body;
  if (chomping === "+") return lines.length === 0 ? "" : `${text}\n`;
  return lines.every((line) => line === "") ? "" : `${body}\n`;
}
