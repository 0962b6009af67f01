import { type Dict, dict, type Entry, type List, list, type Node, valueOf } from "../lib/yaml/node.ts";
import { problemAt } from "../lib/yaml/problem.ts";
import { mapValues } from "./edit.ts";
import { below, describePath, type Path } from "./schema/path.ts";
import type { ListShape, Shape } from "./schema/shape.ts";

/**
 * Two canonical values of one attribute as one: mappings deeply, lists one behind the other, anything else replaced, by the rules that the
 * table has for exceptions. A null keeps what is below it. `!reset` takes the attribute away, `!override` replaces it whole.
 * Both stay on the result, so that it can be merged over something else in turn; `withoutTags` ends them.
 */
export function merge(base: Node | undefined, over: Node, shape: Shape, path?: Path): Node {
  if (base === undefined || over.tag === "!override" || over.tag === "!reset") return over;
  if (base.tag === "!reset") return { ...over, tag: "!override" };
  const merged = mergeBare(base, over, shape, path);
  return base.tag === undefined || merged.tag !== undefined ? merged : { ...merged, tag: base.tag };
}

function mergeBare(base: Node, over: Node, shape: Shape, path: Path): Node {
  if (shape.type === "words" || shape.type === "any") return over;
  if (over.kind === "scalar" && over.value === null) return base;
  if (base.kind === "scalar" && base.value === null) return over;
  if (base.kind === "dict" && over.kind === "dict") return mergeDicts(base, over, shape, path);
  if (base.kind === "list" && over.kind === "list") return mergeLists(base, over, shape, path);
  if (base.kind === over.kind || shape.type === "either") return over;
  const what = `cannot override ${describePath(path)}: the two are of different kinds`;
  throw problemAt(over.origin, { reason: "compose.bad_value", what, also: base.origin });
}

function mergeDicts(base: Dict, over: Dict, shape: Shape, path: Path): Node {
  if (shape.type === "fields" && shape.merge === "replace") return over;
  if (shape.type === "fields" && shape.merge === "logging" && !sameDriver(base, over)) return over;
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, entry] of over.entries) {
    const before = entries.get(key);
    const inner = innerShape(shape, key);
    // Variables and labels: also a null replaces.
    const replaces = before === undefined || inner === undefined;
    entries.set(
      key,
      replaces ? entry : { key: entry.key, value: merge(before.value, entry.value, inner, below(path, key)) },
    );
  }
  return dict(entries, over.origin);
}

/** The table for a key; undefined where the later value replaces the earlier whatever it is. */
function innerShape(shape: Shape, key: string): Shape | undefined {
  if (shape.type === "fields") return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
  if (shape.type === "named") return shape.of;
  if (shape.type === "either") return innerShape(shape.other, key);
  return undefined;
}

// Options of different logging drivers have nothing to do with each other.
function sameDriver(base: Dict, over: Dict): boolean {
  const [one, two] = [valueOf(base, "driver"), valueOf(over, "driver")];
  if (one?.kind !== "scalar" || two?.kind !== "scalar") return true;
  return one.text === two.text;
}

function mergeLists(base: List, over: List, shape: Shape, path: Path): List {
  if (shape.type !== "list" || shape.key === undefined) return list([...base.items, ...over.items], over.origin);
  return mergeKeyed(base, over, { ...shape, key: shape.key }, path);
}

function mergeKeyed(base: List, over: List, shape: ListShape & { key: (item: Node) => string }, path: Path): List {
  const items = new Map(base.items.map((item) => [shape.key(item), item]));
  for (const item of over.items) {
    const key = shape.key(item);
    const before = items.get(key);
    items.set(
      key,
      before === undefined || shape.deep !== true ? item : merge(before, item, shape.of, below(path, key)),
    );
  }
  return list([...items.values()], over.origin);
}

/** The value without what `!reset` takes away, and without tags; the same object where there is neither. */
export function withoutTags(node: Node): Node {
  if (node.tag !== undefined) {
    const { tag: _tag, ...bare } = node;
    return withoutTags(bare);
  }
  if (node.kind === "scalar") return node;
  if (node.kind === "list") {
    const changed = node.items.some((item) => withoutTags(item) !== item);
    return changed ? list(node.items.filter(({ tag }) => tag !== "!reset").map(withoutTags), node.origin) : node;
  }
  return mapValues(node, (value) => (value.tag === "!reset" ? undefined : withoutTags(value)));
}
