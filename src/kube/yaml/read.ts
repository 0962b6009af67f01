import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type Tags,
} from "yaml";
import type { Place } from "../../lib/code-frame.ts";
import { placedError } from "../problem.ts";
import type { Entry, Node, Source } from "./node.ts";

/** As kubectl reads YAML: 0644 is octal and `on` a truth value, but neither 12:30 nor a date is a number. */
const NO_NUMBERS = new Set(["TIME"]);
const MOST_NODES = 100_000;

type Reading = { readonly source: Source; readonly lines: LineCounter; left: number };

/**
 * The documents of a YAML stream, without empty ones. Anchors and merge keys are resolved. Throws `invalid` with `file:line:column` for a
 * syntax error, a key that stands twice, a key that is no text, or an alias that unfolds to more than a hundred thousand values.
 */
export function readYaml(source: Source): Node[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(source.text, {
    version: "1.1",
    schema: "yaml-1.1",
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
    customTags: withoutTimes,
  });
  if ("empty" in documents) return [];
  const reading: Reading = { source, lines, left: MOST_NODES };
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined)
      throw placedError(source, placeAt(reading, problem.pos[0]), { what: plain(problem.message) });
    const root = document.contents;
    if (root === null || (isScalar(root) && root.value === null)) return [];
    return [convert(reading, root, (alias) => alias.resolve(document) as ParsedNode | undefined)];
  });
}

function withoutTimes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" ||
      (tag.tag !== "tag:yaml.org,2002:timestamp" && !NO_NUMBERS.has(("format" in tag ? tag.format : undefined) ?? "")),
  );
}

function placeAt({ lines }: Reading, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

type Resolve = (alias: Alias) => ParsedNode | undefined;

function convert(reading: Reading, node: ParsedNode | null, resolve: Resolve): Node {
  reading.left -= 1;
  const place = placeAt(reading, node?.range[0] ?? 0);
  if (reading.left < 0)
    throw placedError(reading.source, place, { what: `aliases unfold to more than ${MOST_NODES} values` });
  if (isAlias(node)) {
    const target = resolve(node);
    if (target === undefined) throw placedError(reading.source, place, { what: `there is no anchor "${node.source}"` });
    return { ...convert(reading, target, resolve), place };
  }
  if (isMap(node)) return { kind: "map", place, entries: entriesOf(reading, node.items, resolve) };
  if (isSeq(node)) return { kind: "list", place, items: node.items.map((item) => convert(reading, item, resolve)) };
  if (!isScalar(node)) return { kind: "scalar", place, value: null, text: "" };
  const text = node.source ?? "";
  return { kind: "scalar", place, value: scalarValue(node.value, text), text };
}

type Pairs = readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[];

function entriesOf(reading: Reading, pairs: Pairs, resolve: Resolve): Entry[] {
  const own = new Map<string, Entry>();
  const merged = new Map<string, Entry>();
  for (const { key, value } of pairs) {
    const place = placeAt(reading, key.range[0]);
    // A merge key's symbol or text, by the version of the library.
    const name = isScalar(key) ? (key.source ?? String(key.value)) : undefined;
    if (name === undefined) throw placedError(reading.source, place, { what: "a key must be a text" });
    const node: Node =
      value === null ? { kind: "scalar", place, value: null, text: "" } : convert(reading, value, resolve);
    if (name !== "<<") own.set(name, { key: name, place, value: node });
    else for (const entry of mergedEntries(node)) if (!merged.has(entry.key)) merged.set(entry.key, entry);
  }
  return [...[...merged.values()].filter(({ key }) => !own.has(key)), ...own.values()];
}

function mergedEntries(node: Node): readonly Entry[] {
  if (node.kind === "map") return node.entries;
  return node.kind === "list" ? node.items.flatMap(mergedEntries) : [];
}

function scalarValue(value: unknown, text: string): string | number | boolean | null {
  if (value === null || value === undefined) return null;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : text;
}

function plain(message: string): string {
  const first = message.split("\n")[0] ?? message;
  return `${first.slice(0, 1).toLowerCase()}${first.slice(1)}`;
}
