import type { Place } from "../../lib/code-frame.ts";

/** A text of YAML, with the name it has in messages. */
export type Source = { readonly name: string; readonly text: string };

type Base = { readonly place: Place };

/** A map's entry; `place` is its key's. */
export type Entry = Base & { readonly key: string; readonly value: Node };

export type MapNode = Base & { readonly kind: "map"; readonly entries: readonly Entry[] };
export type ListNode = Base & { readonly kind: "list"; readonly items: readonly Node[] };
/** `text` is what stands in the file, before it was taken for a number or a truth. */
export type ScalarNode = Base & {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly text: string;
};

/** A value of a document, and where it begins. */
export type Node = MapNode | ListNode | ScalarNode;

/** The value under a key of a map; undefined for what is no map, or has none. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key)?.value : undefined;
}

/** The text of a scalar; undefined for anything else. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** What kind of value it is, for a message. */
export function nameOf(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "nothing";
  if (typeof node.value === "string") return `the text "${node.value}"`;
  return typeof node.value === "number" ? `the number ${node.text}` : `the truth value ${node.text}`;
}
