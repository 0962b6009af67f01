import { dict, type Entry, list, type Node, type Scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import type { Variables } from "../env/variables.ts";
import { fillIn } from "./template.ts";

/** Told of a variable without a value. */
export type Unset = (name: string) => void;

/** The value with its variables filled in; keys are left alone. What has none is the same object as before. */
export function interpolate(node: Node, variables: Variables, unset: Unset): Node {
  if (node.kind === "scalar")
    return typeof node.value === "string" && node.value.includes("$") ? fill(node, variables, unset) : node;
  if (node.kind === "list") {
    let items: Node[] | undefined;
    node.items.forEach((item, index) => {
      const value = interpolate(item, variables, unset);
      if (value === item) return;
      items ??= [...node.items];
      items[index] = value;
    });
    return items === undefined ? node : { ...list(items, node.origin), ...tagOf(node) };
  }
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of node.entries) {
    const value = interpolate(entry.value, variables, unset);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    entries.set(key, { key: entry.key, value });
  }
  return entries === undefined ? node : { ...dict(entries, node.origin), ...tagOf(node) };
}

function tagOf({ tag }: Node): { tag?: string } {
  return tag === undefined ? {} : { tag };
}

function fill(node: Scalar, variables: Variables, unset: Unset): Scalar {
  const via = new Set<string>();
  const text = fillIn(
    node.text,
    {
      lookup: (name) => variables.get(name)?.value,
      used: (name) => via.add(`${name} (${variables.get(name)?.from ?? "not set"})`),
      unset,
    },
    ({ what, fix }) => problemAt(node.origin, { reason: "compose.bad_variable", what, fix }),
  );
  return { ...node, value: text, text, origin: via.size === 0 ? node.origin : { ...node.origin, via: [...via] } };
}
