import { dict, type Entry, list, type Node, type Scalar } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import type { Variables } from "../env/variables.ts";
import { fillIn } from "./template.ts";

/** What is told on the way: of variables without a value, and of all that the files use. */
export type Listener = {
  readonly unset: (name: string) => void;
  readonly used?: (name: string, value: string | undefined) => void;
};

/** The value with its variables filled in; keys are left alone. What has none is the same object as before. */
export function interpolate(node: Node, variables: Variables, listener: Listener): Node {
  if (node.kind === "scalar")
    return typeof node.value === "string" && node.value.includes("$") ? fill(node, variables, listener) : node;
  if (node.kind === "list") {
    const items = node.items.map((item) => interpolate(item, variables, listener));
    return items.every((item, index) => item === node.items[index])
      ? node
      : { ...list(items, node.origin), ...tagOf(node) };
  }
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of node.entries) {
    const value = interpolate(entry.value, variables, listener);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    entries.set(key, { key: entry.key, value });
  }
  return entries === undefined ? node : { ...dict(entries, node.origin), ...tagOf(node) };
}

function tagOf({ tag }: Node): { tag?: string } {
  return tag === undefined ? {} : { tag };
}

function fill(node: Scalar, variables: Variables, { unset, used }: Listener): Scalar {
  const via = new Set<string>();
  const text = fillIn(
    node.text,
    {
      lookup: (name) => variables.get(name)?.value,
      used: (name, value) => {
        via.add(`${name} (${variables.get(name)?.from ?? "not set"})`);
        used?.(name, value);
      },
      unset,
    },
    ({ what, fix }) => problemAt(node.origin, { reason: "compose.bad_variable", what, fix }),
  );
  return { ...node, value: text, text, origin: via.size === 0 ? node.origin : { ...node.origin, via: [...via] } };
}
