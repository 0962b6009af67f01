import { KEYS, nodeKey } from "../manager/keys.ts";
import type { Node } from "../model/node.ts";
import type { Item } from "../store/transfer.ts";

/** What ends with the processes that have said it. */
export const FLEETING: readonly string[] = [KEYS.leader, KEYS.managers];

/** A state in which `own` is the only manager: those that there were are workers that are down. */
export function withOnlyManager(items: readonly Item[], own: Node): Item[] {
  const others = items.filter(({ key }) => key !== nodeKey(own.id)).map(demoted);
  return [...others, { key: nodeKey(own.id), value: JSON.stringify(own) }];
}

function demoted(item: Item): Item {
  if (!item.key.startsWith(KEYS.nodes)) return item;
  const { listensAt: _, ...node } = JSON.parse(item.value) as Node;
  if (node.role === "worker") return item;
  const worker: Node = { ...node, role: "worker", state: "down", message: "it was a manager of the cluster before" };
  return { key: item.key, value: JSON.stringify(worker) };
}

/** The node of that id in a state. */
export function nodeIn(items: readonly Item[], id: string): Node | undefined {
  const found = items.find(({ key }) => key === nodeKey(id));
  return found === undefined ? undefined : (JSON.parse(found.value) as Node);
}
