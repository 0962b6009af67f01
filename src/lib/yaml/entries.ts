import { type Cursor, syntaxError } from "./cursor.ts";
import { type Dict, dict, type Entry, type Node, type Origin } from "./node.ts";
import { placeOf, problemAt } from "./problem.ts";

/** A mapping while it is read: what stands in it, and what `<<` brings. */
export type Entries = { readonly own: Map<string, Entry>; readonly merged: Node[] };

export type Key = { readonly text: string; readonly origin: Origin; readonly quoted: boolean };

export function noEntries(): Entries {
  return { own: new Map(), merged: [] };
}

export function addEntry(cursor: Cursor, entries: Entries, key: Key, value: Node): void {
  const before = entries.own.get(key.text);
  if (before !== undefined) {
    throw problemAt(key.origin, {
      reason: "yaml.duplicate_key",
      what: `the key "${key.text}" stands twice in one mapping: here and in line ${placeOf(before.key).line}`,
      also: before.key,
      fix: "keep one of them",
    });
  }
  if (key.text === "<<" && !key.quoted) entries.merged.push(...mergeable(cursor, key, value));
  else entries.own.set(key.text, { key: key.origin, value });
}

function mergeable(cursor: Cursor, key: Key, value: Node): readonly Node[] {
  const all = value.kind === "list" ? value.items : [value];
  if (all.every(({ kind }) => kind === "dict")) return all;
  throw syntaxError(cursor, "only mappings can be merged by <<", key.origin.offset);
}

/** The mapping. Own keys win over merged ones, and of these the earlier. */
export function closeEntries({ own, merged }: Entries, origin: Origin): Dict {
  for (const node of merged) {
    if (node.kind !== "dict") continue;
    for (const [key, entry] of node.entries) if (!own.has(key)) own.set(key, entry);
  }
  return dict(own, origin);
}
