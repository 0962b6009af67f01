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
  const listed = Object.keys(fieldsOf(shape)).filter((key) => node.entries.has(key));
  const others = [...node.entries.keys()].filter((key) => !Object.hasOwn(fieldsOf(shape), key)).sort();
  return Object.fromEntries(
    [...listed, ...others].flatMap((key) => {
      const value = node.entries.get(key)?.value;
      return value === undefined ? [] : [[key, plainByTable(value, innerOf(shape, key))]];
    }),
  );
}

/** The table for what stands below a key. */
export function innerOf(shape: Shape, key: string): Shape | undefined {
  if (shape.type === "fields") return Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
  if (shape.type === "named") return shape.of;
  return shape.type === "either" ? innerOf(shape.other, key) : undefined;
}

function fieldsOf(shape: Shape): Readonly<Record<string, Shape>> {
  if (shape.type === "either") return fieldsOf(shape.other);
  return shape.type === "fields" ? shape.fields : {};
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
