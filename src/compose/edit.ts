import { type Dict, dict, type Entry, type Node } from "../lib/yaml/node.ts";

/** The value at a path of keys; undefined where there is none. */
export function at(node: Node | undefined, ...keys: readonly (string | number)[]): Node | undefined {
  let found = node;
  for (const key of keys) {
    if (typeof key === "number") found = found?.kind === "list" ? found.items[key] : undefined;
    else found = found?.kind === "dict" ? found.entries.get(key)?.value : undefined;
  }
  return found;
}

/** The text of a scalar that is a text; undefined of all else. */
export function textAt(node: Node | undefined, ...keys: readonly (string | number)[]): string | undefined {
  const found = at(node, ...keys);
  return found?.kind === "scalar" && typeof found.value === "string" ? found.value : undefined;
}

/** The entries of a mapping, as pairs; none for all else. */
export function pairs(node: Node | undefined): (readonly [string, Node])[] {
  return node?.kind === "dict" ? [...node.entries].map(([key, { value }]) => [key, value]) : [];
}

export function items(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** The mapping with every value changed; undefined takes the entry away. Tags stay. */
export function mapValues(node: Dict, change: (value: Node, key: string) => Node | undefined): Dict {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of node.entries) {
    const value = change(entry.value, key);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    if (value === undefined) entries.delete(key);
    else entries.set(key, { key: entry.key, value });
  }
  return entries === undefined ? node : tagged(dict(entries, node.origin), node);
}

/** The value with the one below a key changed, where there is one. */
export function update(node: Node, key: string, change: (value: Node) => Node | undefined): Node {
  if (node.kind !== "dict" || !node.entries.has(key)) return node;
  return mapValues(node, (value, name) => (name === key ? change(value) : value));
}

export function tagged<N extends Node>(node: N, like: Node): N {
  return like.tag === undefined ? node : { ...node, tag: like.tag };
}

/** The model with every service changed; undefined takes it away. */
export function mapServices(model: Node, change: (service: Node, name: string) => Node | undefined): Node {
  return update(model, "services", (services) => (services.kind === "dict" ? mapValues(services, change) : services));
}
