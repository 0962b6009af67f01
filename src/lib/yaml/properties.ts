import { nearest } from "../nearest.ts";
import { type Cursor, skipBlanks, syntaxError } from "./cursor.ts";
import type { Node } from "./node.ts";
import { problemAt } from "./problem.ts";

/** What stands before a value: `&name` and `!tag`. */
export type Properties = { readonly anchor?: string; readonly tag?: string };

const ANCHOR = /[&*]([^\s,[\]{}]+)/y;
const TAG = /!(?:<[^>\s]*>|[^\s,[\]{}]*)/y;
/** Values that a document may have by repeating others through aliases. */
const MOST_ALIASED = 100_000;

/** Reads what stands at the cursor; undefined when there is neither an anchor nor a tag. */
export function readProperties(cursor: Cursor): Properties | undefined {
  let properties: Properties | undefined;
  for (;;) {
    const char = cursor.text[cursor.at];
    if (char === "&" && properties?.anchor === undefined) properties = { ...properties, anchor: readName(cursor) };
    else if (char === "!" && properties?.tag === undefined) properties = { ...properties, tag: readTag(cursor) };
    else return properties;
    skipBlanks(cursor);
  }
}

function readName(cursor: Cursor): string {
  ANCHOR.lastIndex = cursor.at;
  const name = ANCHOR.exec(cursor.text)?.[1];
  if (name === undefined) throw syntaxError(cursor, "a name is missing here");
  cursor.at += name.length + 1;
  return name;
}

function readTag(cursor: Cursor): string {
  TAG.lastIndex = cursor.at;
  const tag = TAG.exec(cursor.text)?.[0] ?? "!";
  cursor.at += tag.length;
  return tag.replace(/^!<tag:yaml\.org,2002:(.*)>$/, "!!$1");
}

/** The value that the alias at the cursor names, the same object. */
export function readAlias(cursor: Cursor): Node {
  const start = cursor.at;
  const name = readName(cursor);
  const node = cursor.anchors.get(name);
  if (node === undefined) {
    const guess = nearest(name, cursor.anchors.keys());
    throw problemAt(
      { source: cursor.source, offset: start },
      {
        reason: "yaml.unknown_alias",
        what: `no value before this is marked "&${name}"`,
        fix: guess === undefined ? undefined : `did you mean "*${guess}"?`,
      },
    );
  }
  cursor.aliased += node.size;
  if (cursor.aliased > MOST_ALIASED) {
    throw problemAt(
      { source: cursor.source, offset: start },
      {
        reason: "yaml.alias_bomb",
        what: `aliases repeat more than ${MOST_ALIASED} values`,
        fix: "write fewer aliases of aliases",
      },
    );
  }
  return node;
}

/** The value with its tag applied, and remembered under its anchor. */
export function withProperties(cursor: Cursor, node: Node, properties: Properties | undefined): Node {
  if (properties === undefined) return node;
  const { tag, anchor } = properties;
  const tagged = tag === undefined || tag === "!" ? node : applyTag(node, tag);
  if (anchor !== undefined) cursor.anchors.set(anchor, tagged);
  return tagged;
}

function applyTag(node: Node, tag: string): Node {
  if (!tag.startsWith("!!")) return { ...node, tag };
  if (node.kind !== "scalar") return node;
  if (tag === "!!str" || tag === "!!binary") return { ...node, value: node.text };
  if (
    (tag === "!!int" || tag === "!!float") &&
    typeof node.value === "string" &&
    node.text !== "" &&
    !Number.isNaN(Number(node.text))
  )
    return { ...node, value: Number(node.text) };
  return node;
}
