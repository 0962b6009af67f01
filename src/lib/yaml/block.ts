import { readBlockScalar } from "./block-scalar.ts";
import {
  atDocumentEnd,
  COLON,
  type Cursor,
  column,
  DASH,
  DOUBLE_QUOTE,
  isBlank,
  originAt,
  refuseTabs,
  SINGLE_QUOTE,
  SPACE,
  skipBlanks,
  skipToContent,
  syntaxError,
  TAB,
} from "./cursor.ts";
import { addEntry, closeEntries, type Key, noEntries } from "./entries.ts";
import { readFlow } from "./flow.ts";
import { list, type Node, type Scalar, scalar } from "./node.ts";
import { plainEnd, readPlain } from "./plain.ts";
import { readAlias, readProperties, withProperties } from "./properties.ts";
import { readQuoted } from "./quoted.ts";

/** Where a value may stand: in at least `indent` columns; a list also at `listAt`; `compact` lets a collection begin on the same line. */
type Room = { readonly indent: number; readonly listAt?: number; readonly compact: boolean };

const DEEPEST = 200;
const BYTE_ORDER_MARK = 0xfeff;
/** What most keys are. */
const USUAL_KEY = /[\w./-]+:(?=\s|$)/y;
const ALIAS_KEY = /\*[^\s,[\]{}]+[ \t]+:(?=\s|$)/y;

/** The value at or after the cursor; null where there is none. Afterwards the cursor is behind it, or at what follows. */
export function readBlockNode(cursor: Cursor, room: Room): Node {
  const origin = originAt(cursor);
  if (++cursor.depth > DEEPEST) throw syntaxError(cursor, `values lie more than ${DEEPEST} deep in each other`);
  skipToContent(cursor);
  if (!isInRoom(cursor, room)) {
    cursor.depth -= 1;
    return scalar(null, origin);
  }
  // `&a key: value` marks the key, `&a` alone on its line what stands below it.
  const ownLine = beginsLine(cursor);
  const isMapping = (ownLine || room.compact) && !dashAhead(cursor) && keyAhead(cursor);
  const properties = isMapping ? undefined : readProperties(cursor);
  const empty =
    properties !== undefined && (skipToContent(cursor) || cursor.at >= cursor.text.length) && !isInRoom(cursor, room);
  const node = empty
    ? scalar(null, origin)
    : isMapping
      ? readDict(cursor, column(cursor))
      : readCollection(cursor, room, ownLine);
  cursor.depth -= 1;
  return withProperties(cursor, node, properties);
}

function isInRoom(cursor: Cursor, { indent, listAt }: Room): boolean {
  if (atDocumentEnd(cursor)) return false;
  if (!beginsLine(cursor)) return true;
  refuseTabs(cursor);
  return column(cursor) >= indent || (column(cursor) === listAt && dashAhead(cursor));
}

function readCollection(cursor: Cursor, room: Room, mayBegin: boolean): Node {
  const begins = mayBegin || room.compact || beginsLine(cursor);
  if (dashAhead(cursor)) {
    if (begins) return readList(cursor, column(cursor));
    throw syntaxError(cursor, "a list begins on a line of its own");
  }
  if (begins && keyAhead(cursor)) return readDict(cursor, column(cursor));
  const node = readScalarOrFlow(cursor, room.indent);
  skipToContent(cursor);
  if (cursor.at < cursor.text.length && !beginsLine(cursor)) throw unexpected(cursor, node);
  return node;
}

function unexpected(cursor: Cursor, before: Node): Error {
  if (cursor.text.charCodeAt(cursor.at) === COLON) {
    const fix = 'put a text in quotes where it contains ": "';
    return syntaxError(cursor, "a mapping cannot begin here", before.origin.offset, fix);
  }
  return syntaxError(cursor, "this does not belong to the value before it", cursor.at, "put the whole value in quotes");
}

function readScalarOrFlow(cursor: Cursor, indent: number): Node {
  const char = cursor.text[cursor.at] ?? "";
  if (char === "*") return readAlias(cursor);
  if (char === "[" || char === "{") return readFlow(cursor);
  if (char === '"' || char === "'") return readQuoted(cursor);
  if (char === "|" || char === ">") return readBlockScalar(cursor, indent - 1);
  if ("@`%&!,]}".includes(char))
    throw syntaxError(cursor, `a text cannot begin with "${char}"`, cursor.at, "put it in quotes");
  if (char === "?" && isBlank(cursor.text.charCodeAt(cursor.at + 1)))
    throw syntaxError(cursor, 'keys that begin with "? " are not read', cursor.at, 'write the key, then ":"');
  return readPlain(cursor, indent, false);
}

/** A list whose dashes stand in this column. */
function readList(cursor: Cursor, at: number): Node {
  const origin = originAt(cursor);
  const items: Node[] = [];
  while (dashAhead(cursor)) {
    cursor.at += 1;
    items.push(readBlockNode(cursor, { indent: at + 1, compact: true }));
    if (!follows(cursor, at)) break;
  }
  return list(items, origin);
}

/** A mapping whose keys stand in this column. */
function readDict(cursor: Cursor, at: number): Node {
  const origin = originAt(cursor);
  const entries = noEntries();
  do {
    if (!keyAhead(cursor)) throw syntaxError(cursor, 'a key with ":" is expected here');
    const key = readKey(cursor);
    addEntry(cursor, entries, key, readBlockNode(cursor, { indent: at + 1, listAt: at, compact: false }));
  } while (follows(cursor, at));
  return closeEntries(entries, origin);
}

/** Whether another entry of a collection in this column comes next. */
function follows(cursor: Cursor, at: number): boolean {
  skipToContent(cursor);
  if (atDocumentEnd(cursor) || column(cursor) < at) return false;
  refuseTabs(cursor);
  if (column(cursor) === at) return true;
  throw syntaxError(
    cursor,
    "this line is indented more than what it follows",
    cursor.at,
    "align it with the entries before it",
  );
}

function readKey(cursor: Cursor): Key {
  const properties = readProperties(cursor);
  const origin = originAt(cursor);
  const code = cursor.text.charCodeAt(cursor.at);
  const quoted = code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
  const node = cursor.text[cursor.at] === "*" ? readAlias(cursor) : quoted ? readQuoted(cursor) : readPlainKey(cursor);
  if (node.kind !== "scalar") throw syntaxError(cursor, "a key must be a text", origin.offset);
  withProperties(cursor, node, properties);
  skipBlanks(cursor);
  cursor.at += 1;
  return { text: node.text, origin, quoted };
}

function readPlainKey(cursor: Cursor): Scalar {
  const start = cursor.at;
  USUAL_KEY.lastIndex = start;
  cursor.at = USUAL_KEY.test(cursor.text) ? USUAL_KEY.lastIndex - 1 : plainEnd(cursor.text, start, false);
  return scalar(cursor.text.slice(start, cursor.at), originAt(cursor, start));
}

function beginsLine(cursor: Cursor): boolean {
  for (let at = cursor.at - 1; at >= cursor.lineStart; at--) {
    const code = cursor.text.charCodeAt(at);
    if (code !== SPACE && code !== TAB && code !== BYTE_ORDER_MARK) return false;
  }
  return true;
}

function dashAhead(cursor: Cursor): boolean {
  return cursor.text.charCodeAt(cursor.at) === DASH && isBlank(cursor.text.charCodeAt(cursor.at + 1));
}

/** Whether a key and its colon stand at the cursor, on one line. */
function keyAhead(cursor: Cursor): boolean {
  const { at, lineStart, text } = cursor;
  USUAL_KEY.lastIndex = at;
  if (USUAL_KEY.test(text)) return true;
  const char = text[at] ?? "";
  if ("[{|>%@`#".includes(char)) return false;
  if (char === "&" || char === "!") {
    // Only the key is looked at, its properties are passed over.
    readProperties(cursor);
    const ahead = cursor.at < text.length && cursor.at > at && !isBlank(text.charCodeAt(cursor.at)) && keyAhead(cursor);
    cursor.at = at;
    return ahead;
  }
  if (char === "*") {
    ALIAS_KEY.lastIndex = at;
    return ALIAS_KEY.test(text);
  }
  if (char === '"' || char === "'") return quotedKeyAhead(cursor, at, lineStart);
  let end = plainEnd(text, at, false);
  while (text[end] === " " || text[end] === "\t") end += 1;
  return text.charCodeAt(end) === COLON && isBlank(text.charCodeAt(end + 1));
}

function quotedKeyAhead(cursor: Cursor, at: number, lineStart: number): boolean {
  readQuoted(cursor);
  skipBlanks(cursor);
  const ahead =
    cursor.lineStart === lineStart &&
    cursor.text.charCodeAt(cursor.at) === COLON &&
    isBlank(cursor.text.charCodeAt(cursor.at + 1));
  cursor.at = at;
  cursor.lineStart = lineStart;
  return ahead;
}
