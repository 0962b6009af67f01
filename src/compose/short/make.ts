import { type Dict, dict, type Entry, type Node, type Origin, type ScalarValue, scalar } from "../../lib/yaml/node.ts";

/** A mapping that a short form stands for; every part has the place of the short form. Undefined values are left out. */
export function dictAt(origin: Origin, values: Readonly<Record<string, ScalarValue | Node | undefined>>): Dict {
  const entries = new Map<string, Entry>();
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const node = typeof value === "object" && value !== null ? value : scalar(value, origin);
    entries.set(key, { key: origin, value: node });
  }
  return dict(entries, origin);
}

/** The mapping with one entry more, or another value for it. */
export function withEntry(node: Dict, key: string, value: Node, origin: Origin = value.origin): Dict {
  const entries = new Map(node.entries);
  entries.set(key, { key: entries.get(key)?.key ?? origin, value });
  return node.tag === undefined ? dict(entries, node.origin) : { ...dict(entries, node.origin), tag: node.tag };
}
