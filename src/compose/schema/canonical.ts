import { nearest } from "../../lib/nearest.ts";
import { dict, type Entry, list, type Node, type Scalar, scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { below, describePath, type Path } from "./path.ts";
import { SCALARS } from "./scalars.ts";
import type { FieldsShape, ListShape, NamedShape, ScalarShape, Shape, TextShape } from "./shape.ts";

/** What the pass tells besides its result. */
export type Notes = {
  readonly warn: (text: string) => void;
  /** Values with a `$` pass as they are: variables are not filled in. */
  readonly lenient?: boolean;
};

/**
 * The value as the table wants it: checked, and in its long form. `!reset` and `!override` stay on the values, for the merge.
 *
 * Throws `compose.unknown_attribute`, `compose.bad_value`, `compose.refused_attribute` with place, frame and suggestion.
 */
export function canonical(node: Node, shape: Shape, path: Path, notes: Notes): Node {
  if (node.tag === "!reset" || (notes.lenient === true && isTemplate(node))) return node;
  const result = canonicalBare(node, shape, path, notes);
  return node.tag === "!override" && result.tag === undefined ? { ...result, tag: node.tag } : result;
}

/** A null may be a file's way to leave an attribute to another file: whether it may stay is decided when all are merged. */
const NULL_IS_EMPTY = ["list", "mapping", "named"];

function canonicalBare(node: Node, shape: Shape, path: Path, notes: Notes): Node {
  if (isNull(node) && !NULL_IS_EMPTY.includes(shape.type)) return node;
  switch (shape.type) {
    case "any":
      return node;
    case "text":
      return canonicalText(node, shape, path);
    case "list":
      return canonicalList(node, shape, path, notes);
    case "mapping":
      return canonicalMapping(node, shape.bare, path);
    case "named":
      return canonicalNamed(node, shape, path, notes);
    case "fields":
      return canonicalFields(node, shape, path, notes);
    case "either":
      return canonical(node, node.kind === "scalar" ? shape.scalar : shape.other, path, notes);
    case "words":
      if (node.kind === "scalar") return shape.split(expectText(node, path));
      return canonicalList(node, { type: "list", of: { type: "text" } }, path, notes);
    default:
      return canonicalScalar(node, shape, path, notes);
  }
}

function isTemplate(node: Node): boolean {
  return node.kind === "scalar" && typeof node.value === "string" && node.value.includes("$");
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

function canonicalScalar(node: Node, shape: ScalarShape, path: Path, notes: Notes): Node {
  if (node.kind !== "scalar") throw wrongValue(node, path, "a single value");
  const read = SCALARS[shape.type](node);
  if ("expected" in read) throw wrongValue(node, path, read.expected);
  if (read.warning !== undefined) notes.warn(`${describePath(path)}: ${read.warning}`);
  if (shape.type === "integer" && typeof read.value === "number") {
    const { least = -Infinity, most = Infinity } = shape;
    if (read.value < least || read.value > most) throw wrongValue(node, path, `between ${least} and ${most}`);
  }
  return read.value === node.value ? node : { ...node, value: read.value };
}

function canonicalText(node: Node, shape: TextShape, path: Path): Node {
  const isNumber = shape.numbers === true && node.kind === "scalar" && typeof node.value !== "string";
  const text = isNumber ? { ...node, value: textOfValue(node) } : expectText(node, path);
  const { choices, pattern } = shape;
  if (choices !== undefined && !choices.includes(text.text)) {
    const guess = nearest(text.text, choices);
    const all = choices.map((choice) => `"${choice}"`).join(", ");
    throw wrongValue(node, path, `one of ${all}`, guess === undefined ? undefined : `did you mean "${guess}"?`);
  }
  if (pattern !== undefined && !pattern.test(text.text)) throw wrongValue(node, path, `of the form ${pattern.source}`);
  return text;
}

function expectText(node: Node, path: Path): Scalar {
  if (node.kind === "scalar" && typeof node.value === "string") return node;
  const quote = node.kind === "scalar" && node.value !== null;
  throw wrongValue(node, path, "a string", quote ? `write "${node.text}" in quotes` : undefined);
}

/** The text of a value where the table lets numbers be texts: `1.0` is `1`, as for the reference. */
function textOfValue(node: Scalar): string {
  return typeof node.value === "number" && Number.isFinite(node.value) ? String(node.value) : node.text;
}

function canonicalList(given: Node, shape: ListShape, path: Path, notes: Notes): Node {
  const node = given.kind !== "list" && shape.from !== undefined ? shape.from(given) : given;
  if (shape.single === true && node.kind === "scalar" && node.value !== null) {
    return canonicalList({ ...list([node], node.origin) }, shape, path, notes);
  }
  if (isNull(node)) return list([], node.origin);
  if (node.kind !== "list") throw wrongValue(node, path, "a list");
  const items: Node[] = [];
  node.items.forEach((item, index) => {
    const isShort =
      item.kind === "scalar" && shape.short !== undefined && !(notes.lenient === true && isTemplate(item));
    const expanded = isShort ? (shape.short?.(item) ?? []) : [item];
    for (const one of expanded) items.push(canonical(one, shape.of, below(path, index), notes));
  });
  return list(shape.key === undefined || items.length < 2 ? items : unique(items, shape.key), node.origin);
}

/** Of items with the same key the last one, at the place of the first. */
function unique(items: readonly Node[], keyOf: (item: Node) => string): Node[] {
  const byKey = new Map<string, Node>();
  for (const item of items) byKey.set(keyOf(item), item);
  return [...byKey.values()];
}

function canonicalMapping(node: Node, bare: "null" | "empty", path: Path): Node {
  if (isNull(node)) return dict(new Map(), node.origin);
  const entries = new Map<string, Entry>();
  const add = (key: string, value: Node, origin: Entry["key"]): void => {
    if (value.kind !== "scalar") throw wrongValue(value, below(path, key), "a single value");
    const text = value.value === null && value.tag === undefined ? (bare === "null" ? null : "") : textOfValue(value);
    entries.set(key, { key: origin, value: text === value.value ? value : { ...value, value: text } });
  };
  if (node.kind === "dict") for (const [key, { key: origin, value }] of node.entries) add(key, value, origin);
  else if (node.kind === "list") node.items.forEach((item, index) => addPair(item, below(path, index), add));
  else throw wrongValue(node, path, "a mapping, or a list of KEY=VALUE");
  return dict(entries, node.origin);
}

function addPair(item: Node, path: Path, add: (key: string, value: Node, origin: Entry["key"]) => void): void {
  const { text, origin } = expectText(item, path);
  const at = text.indexOf("=");
  if (at === -1) add(text, scalar(null, origin), origin);
  else add(text.slice(0, at), scalar(text.slice(at + 1), origin), origin);
}

function canonicalNamed(node: Node, shape: NamedShape, path: Path, notes: Notes): Node {
  if (isNull(node)) return dict(new Map(), node.origin);
  const entries = new Map<string, Entry>();
  if (node.kind === "list" && shape.listed !== undefined) {
    node.items.forEach((item, index) => {
      const name = expectText(item, below(path, index));
      entries.set(name.text, { key: name.origin, value: shape.listed?.(name) ?? name });
    });
    return dict(entries, node.origin);
  }
  if (node.kind !== "dict")
    throw wrongValue(node, path, shape.listed === undefined ? "a mapping" : "a mapping or a list");
  for (const [name, { key, value }] of node.entries) {
    if (shape.names?.test(name) === false) {
      const what = `"${name}" is no name for a ${shape.what ?? "value"}`;
      throw problemAt(key, {
        reason: "compose.bad_value",
        what,
        fix: "use letters, digits, dots, dashes and underscores",
      });
    }
    entries.set(name, { key, value: canonical(value, shape.of, below(path, name), notes) });
  }
  return dict(entries, node.origin);
}

function canonicalFields(given: Node, shape: FieldsShape, path: Path, notes: Notes): Node {
  const long =
    given.kind === "scalar" && given.value !== null && shape.short !== undefined ? shape.short(given) : given;
  const node = shape.before?.(long) ?? long;
  if (node.kind !== "dict")
    throw wrongValue(node, path, shape.short === undefined ? "a mapping" : "a string or a mapping");
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (field === undefined && key.startsWith("x-")) entries.set(key, entry);
    else if (field === undefined) throw unknownAttribute(key, entry, shape, path);
    else entries.set(key, { key: entry.key, value: canonical(entry.value, field, below(path, key), notes) });
  }
  return dict(entries, node.origin);
}

function unknownAttribute(key: string, { key: origin }: Entry, shape: FieldsShape, path: Path): Error {
  const where = path === undefined ? "a Compose file" : describePath(path);
  const refusal = shape.refused?.[key];
  if (refusal !== undefined) {
    return problemAt(origin, {
      reason: "compose.refused_attribute",
      code: "unsupported",
      what: `${where}: "${key}" cannot work here: ${refusal}`,
    });
  }
  const guess = nearest(key, Object.keys(shape.fields));
  return problemAt(origin, {
    reason: "compose.unknown_attribute",
    what: `${where} has no attribute "${key}"`,
    fix: guess === undefined ? undefined : `did you mean "${guess}"?`,
  });
}

/** What a value of the table must be, in a word or two. */
export function expectedOf(shape: Shape): string {
  if (shape.type === "text") return "a string";
  if (shape.type === "fields") return shape.short === undefined ? "a mapping" : "a string or a mapping";
  return shape.type === "either" ? "given" : shape.type === "flag" ? "a boolean" : `a ${shape.type}`;
}

export function wrongValue(node: Node, path: Path, expected: string, fix?: string): Error {
  const what = `${describePath(path) || "a Compose file"} must be ${expected}`;
  return problemAt(node.origin, { reason: "compose.bad_value", what, fix });
}
