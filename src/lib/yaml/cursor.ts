import type { EstibaError } from "../error.ts";
import type { Node, Origin, Source } from "./node.ts";
import { problemAt } from "./problem.ts";

/** How far a text has been read. `lineStart` is the offset of the first character of the line that `at` is in. */
export type Cursor = {
  readonly source: Source;
  readonly text: string;
  at: number;
  lineStart: number;
  readonly anchors: Map<string, Node>;
  depth: number;
  /** Values made from aliases so far, each as often as it is repeated. */
  aliased: number;
};

export const TAB = 9;
export const NEWLINE = 10;
const RETURN = 13;
export const SPACE = 32;
export const DOUBLE_QUOTE = 34;
export const HASH = 35;
export const SINGLE_QUOTE = 39;
export const COMMA = 44;
export const DASH = 45;
const DOT = 46;
export const COLON = 58;

export function openCursor(source: Source): Cursor {
  const at = source.text.startsWith("\uFEFF") ? 1 : 0;
  return { source, text: source.text, at, lineStart: at, anchors: new Map(), depth: 0, aliased: 0 };
}

export function originAt(cursor: Cursor, offset: number = cursor.at): Origin {
  return { source: cursor.source, offset };
}

export function syntaxError(cursor: Cursor, what: string, offset: number = cursor.at, fix?: string): EstibaError {
  return problemAt({ source: cursor.source, offset }, { reason: "yaml.syntax", what, fix });
}

/** True where the character ends a word: blank, line end, end of the text (NaN). */
export function isBlank(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === TAB || code === RETURN || Number.isNaN(code);
}

export function isLineEnd(code: number): boolean {
  return code === NEWLINE || code === RETURN || Number.isNaN(code);
}

/** Moves over blanks of the line. */
export function skipBlanks(cursor: Cursor): void {
  let code = cursor.text.charCodeAt(cursor.at);
  while (code === SPACE || code === TAB) code = cursor.text.charCodeAt(++cursor.at);
}

/** Moves over blanks, comments and line ends to the next thing; true when it is on another line. A comment needs a blank before it. */
export function skipToContent(cursor: Cursor): boolean {
  const { text } = cursor;
  let crossed = false;
  for (;;) {
    skipBlanks(cursor);
    const code = text.charCodeAt(cursor.at);
    if (code === HASH && (cursor.at === cursor.lineStart || isBlank(text.charCodeAt(cursor.at - 1)))) {
      const end = text.indexOf("\n", cursor.at);
      cursor.at = end === -1 ? text.length : end;
    } else if (code === RETURN && text.charCodeAt(cursor.at + 1) === NEWLINE) {
      cursor.at += 1;
    } else if (code === NEWLINE || code === RETURN) {
      cursor.at += 1;
      cursor.lineStart = cursor.at;
      crossed = true;
    } else return crossed;
  }
}

export function column(cursor: Cursor): number {
  return cursor.at - cursor.lineStart;
}

/** True at the end of the text, and at `---` or `...` where a line begins. */
export function atDocumentEnd(cursor: Cursor): boolean {
  if (cursor.at >= cursor.text.length) return true;
  if (cursor.at !== cursor.lineStart) return false;
  const code = cursor.text.charCodeAt(cursor.at);
  if (code !== DASH && code !== DOT) return false;
  const mark = cursor.text.slice(cursor.at, cursor.at + 3);
  return (mark === "---" || mark === "...") && isBlank(cursor.text.charCodeAt(cursor.at + 3));
}

/** Indentation is made of spaces; a tab in it is the classic mistake. */
export function refuseTabs(cursor: Cursor): void {
  const tab = cursor.text.slice(cursor.lineStart, cursor.at).indexOf("\t");
  if (tab === -1) return;
  throw syntaxError(cursor, "a tab in the indentation", cursor.lineStart + tab, "indent with spaces");
}
