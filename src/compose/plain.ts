import { type Node, type Origin, plainOf } from "../lib/yaml/node.ts";
import { at } from "./edit.ts";
import type { Shape } from "./schema/shape.ts";
import type { Sources } from "./sources.ts";

/** The value without places. Attributes come in the order of the table, names and `x-*` by the alphabet. */
export function plainByTable(node: Node, shape: Shape | undefined): unknown {
  if (shape === undefined || shape.type === "any" || node.kind === "scalar") return plainOf(node);
  if (node.kind === "list") {
    const inner = shape.type === "list" ? shape.of : undefined;
    const values = node.items.map((item) => plainByTable(item, inner));
    return shape.type === "list" && shape.sorted === true ? values.map(String).sort() : values;
  }
  const fields = fieldsOf(shape);
  const keys = [...node.entries.keys()];
  const rank = ranksOf(fields);
  // Names are sorted; so are attributes, by their place in the table, and `x-*` come last.
  const last = rank.size;
  keys.sort((a, b) => (rank.get(a) ?? last) - (rank.get(b) ?? last) || (a < b ? -1 : 1));
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const value = node.entries.get(key)?.value;
    if (value !== undefined) result[key] = plainByTable(value, innerOf(shape, key));
  }
  return result;
}

const RANKS = new WeakMap<object, ReadonlyMap<string, number>>();

/** The place of each attribute in its table; made once. */
function ranksOf(fields: Readonly<Record<string, Shape>>): ReadonlyMap<string, number> {
  const known = RANKS.get(fields);
  if (known !== undefined) return known;
  const ranks = new Map(Object.keys(fields).map((key, index) => [key, index]));
  RANKS.set(fields, ranks);
  return ranks;
}

/** No attributes: names that the user gives. */
const NAMES_ONLY: Readonly<Record<string, Shape>> = {};

/** The table for what stands below a key. */
export function innerOf(shape: Shape, key: string): Shape | undefined {
  if (shape.type === "fields") return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
  if (shape.type === "named") return shape.of;
  return shape.type === "either" ? innerOf(shape.other, key) : undefined;
}

function fieldsOf(shape: Shape): Readonly<Record<string, Shape>> {
  if (shape.type === "either") return fieldsOf(shape.other);
  return shape.type === "fields" ? shape.fields : NAMES_ONLY;
}

/** Places of the values of a model. */
export function sourcesOf(model: Node): Sources {
  return {
    of: (path) => {
      for (let length = path.length; length > 0; length--) {
        const found = at(model, ...path.slice(0, length));
        if (found !== undefined) return written(found.origin);
      }
      return undefined;
    },
  };
}

function written(origin: Origin): Origin | undefined {
  return origin.source.name === "" ? undefined : origin;
}
