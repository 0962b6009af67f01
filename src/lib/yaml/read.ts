import { readBlockNode } from "./block.ts";
import { atDocumentEnd, type Cursor, openCursor, skipToContent, syntaxError } from "./cursor.ts";
import type { Node, Source } from "./node.ts";

/**
 * The documents of a YAML text, with the place of every value. YAML 1.2 with what Compose's users rely on besides: `<<` merges, `0440` is
 * octal. Keys are texts. Not read, and refused: keys that are collections, keys that begin with `? `.
 *
 * Throws `invalid` with file, line, column and code frame: `yaml.syntax`, `yaml.duplicate_key`, `yaml.unknown_alias`, `yaml.alias_bomb`.
 */
export function readYaml(source: Source): Node[] {
  const cursor = openCursor(source);
  const documents: Node[] = [];
  for (;;) {
    skipToContent(cursor);
    if (cursor.at >= cursor.text.length) return documents;
    if (skipMarks(cursor)) continue;
    cursor.anchors.clear();
    documents.push(readBlockNode(cursor, { indent: 0, compact: false }));
    skipToContent(cursor);
    if (!atDocumentEnd(cursor)) throw syntaxError(cursor, "this is indented less than what it follows");
  }
}

/** Passes over `---`, `...` and directives such as `%YAML 1.2`; true when there was one. */
function skipMarks(cursor: Cursor): boolean {
  const { text, at } = cursor;
  if (at === cursor.lineStart && text[at] === "%") {
    const end = text.indexOf("\n", at);
    cursor.at = end === -1 ? text.length : end;
    return true;
  }
  if (!atDocumentEnd(cursor)) return false;
  cursor.at += 3;
  return true;
}
