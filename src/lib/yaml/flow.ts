import {
  atDocumentEnd,
  COLON,
  COMMA,
  type Cursor,
  DOUBLE_QUOTE,
  isBlank,
  originAt,
  SINGLE_QUOTE,
  skipToContent,
  syntaxError,
} from "./cursor.ts";
import { addEntry, closeEntries, noEntries } from "./entries.ts";
import { list, type Node, scalar } from "./node.ts";
import { readPlain } from "./plain.ts";
import { readAlias, readProperties, withProperties } from "./properties.ts";
import { readQuoted } from "./quoted.ts";

const DEEPEST = 200;

/** `[...]` or `{...}`, the cursor at the bracket. */
export function readFlow(cursor: Cursor): Node {
  if (++cursor.depth > DEEPEST) throw syntaxError(cursor, `values lie more than ${DEEPEST} deep in each other`);
  const node = cursor.text[cursor.at] === "[" ? readFlowList(cursor) : readFlowDict(cursor);
  cursor.depth -= 1;
  return node;
}

function readFlowList(cursor: Cursor): Node {
  const start = cursor.at;
  const origin = originAt(cursor);
  const items: Node[] = [];
  cursor.at += 1;
  while (!closes(cursor, "]", start)) {
    const key = originAt(cursor);
    const first = readFlowValue(cursor);
    skipToContent(cursor);
    if (cursor.text.charCodeAt(cursor.at) === COLON) {
      // `[a: b]` is a list of one mapping.
      const entries = noEntries();
      cursor.at += 1;
      const text = keyText(cursor, first);
      addEntry(cursor, entries, { text, origin: key, quoted: isQuote(cursor, key.offset) }, readFlowAfterColon(cursor));
      items.push(closeEntries(entries, key));
    } else items.push(first);
    endItem(cursor, "]");
  }
  return list(items, origin);
}

function readFlowDict(cursor: Cursor): Node {
  const start = cursor.at;
  const origin = originAt(cursor);
  const entries = noEntries();
  cursor.at += 1;
  while (!closes(cursor, "}", start)) {
    const key = originAt(cursor);
    const text = keyText(cursor, readFlowValue(cursor));
    skipToContent(cursor);
    const hasValue = cursor.text.charCodeAt(cursor.at) === COLON;
    if (hasValue) cursor.at += 1;
    const value = hasValue ? readFlowAfterColon(cursor) : scalar(null, key);
    addEntry(cursor, entries, { text, origin: key, quoted: isQuote(cursor, key.offset) }, value);
    endItem(cursor, "}");
  }
  return closeEntries(entries, origin);
}

function isQuote(cursor: Cursor, offset: number): boolean {
  const code = cursor.text.charCodeAt(offset);
  return code === SINGLE_QUOTE || code === DOUBLE_QUOTE;
}

/** Moves to the next item; true, behind the bracket, when there is none. */
function closes(cursor: Cursor, bracket: string, start: number): boolean {
  skipToContent(cursor);
  if (atDocumentEnd(cursor)) throw syntaxError(cursor, `this bracket is never closed by "${bracket}"`, start);
  if (cursor.text[cursor.at] !== bracket) return false;
  cursor.at += 1;
  return true;
}

function endItem(cursor: Cursor, bracket: string): void {
  skipToContent(cursor);
  if (cursor.text.charCodeAt(cursor.at) === COMMA) cursor.at += 1;
  else if (cursor.at < cursor.text.length && cursor.text[cursor.at] !== bracket)
    throw syntaxError(cursor, `"," or "${bracket}" is missing before this`);
}

function keyText(cursor: Cursor, node: Node): string {
  if (node.kind === "scalar") return node.text;
  throw syntaxError(cursor, "a key must be a text", node.origin.offset);
}

function readFlowAfterColon(cursor: Cursor): Node {
  skipToContent(cursor);
  const char = cursor.text[cursor.at];
  return char === "," || char === "]" || char === "}" ? scalar(null, originAt(cursor)) : readFlowValue(cursor);
}

function readFlowValue(cursor: Cursor): Node {
  const properties = readProperties(cursor);
  if (properties !== undefined) skipToContent(cursor);
  return withProperties(cursor, readBareFlowValue(cursor), properties);
}

function readBareFlowValue(cursor: Cursor): Node {
  const char = cursor.text[cursor.at] ?? "";
  if (char === "*") return readAlias(cursor);
  if (char === "[" || char === "{") return readFlow(cursor);
  if (char === '"' || char === "'") return readQuoted(cursor);
  if (char === "," || char === "]" || char === "}") return scalar(null, originAt(cursor));
  const next = cursor.text.charCodeAt(cursor.at + 1);
  if (
    "@`%|>&".includes(char) ||
    ("-?".includes(char) && (isBlank(next) || ",[]{}".includes(cursor.text[cursor.at + 1] ?? "")))
  )
    throw syntaxError(cursor, `a text cannot begin with "${char}" here`, cursor.at, "put it in quotes");
  if (char === ":" && isBlank(next)) return scalar(null, originAt(cursor));
  return readPlain(cursor, 0, true);
}
