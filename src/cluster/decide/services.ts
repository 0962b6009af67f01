import { takesTasks } from "../model/node.ts";
import type { Service } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { parseConstraint } from "../schedule/constraint.ts";
import { type Draft, type Slot, slotsOf, want } from "./draft.ts";
import { makeTask } from "./make-task.ts";
import { rebalance } from "./rebalance.ts";
import { replaceTask } from "./replace.ts";
import { isPutOff, restartEnded } from "./restart.ts";
import { goOnUpdating, retireReplaced } from "./update.ts";

/** Brings the number of slots to that of the service's replicas; no slot is in two minds about what it runs. */
export function reconcileReplicated(draft: Draft, service: Service, replicas: number): void {
  for (const slot of slotsOf(draft).values()) restartEnded(draft, service, slot);
  const filled = [...slotsOf(draft).values()].filter((slot) => isFilled(service, slot));
  const tooMany = filled.length - replicas;
  const gone = tooMany > 0 ? leastNeeded(filled).slice(0, tooMany) : [];
  for (const { tasks } of gone) for (const task of tasks) want(draft, task, "remove");
  const taken = new Set(filled.map(({ key }) => key));
  for (let slot = 1, missing = -tooMany; missing > 0; slot++) {
    if (taken.has(String(slot))) continue;
    makeTask(draft, service, { slot });
    missing -= 1;
  }
  moveAway(draft, service);
  finishSlots(draft, service);
  // An update may just have come to its end.
  rebalance(draft, draft.service ?? service, replicas);
}

/** Has one task on each node that may have one. */
export function reconcileGlobal(draft: Draft, service: Service): void {
  const wanted = nodesFor(draft, service);
  for (const slot of slotsOf(draft).values()) {
    const [newest] = slot.tasks;
    if (newest?.nodeId !== undefined && wanted.has(newest.nodeId)) restartEnded(draft, service, slot);
    else for (const task of slot.live) want(draft, task, "shutdown");
  }
  const slots = slotsOf(draft);
  for (const [id, mayBegin] of wanted) {
    const slot = slots.get(`node ${id}`);
    if (mayBegin && (slot === undefined || !isFilled(service, slot))) makeTask(draft, service, { slot: 0, nodeId: id });
  }
  finishSlots(draft, service);
}

function finishSlots(draft: Draft, service: Service): void {
  retireReplaced(draft, service, [...slotsOf(draft).values()]);
  goOnUpdating(draft, service, [...slotsOf(draft).values()]);
}

// A slot whose policy leaves it at what it did is not filled anew before the service changes.
function isFilled({ specHash }: Service, { tasks, live }: Slot): boolean {
  return live.length > 0 || isPutOff(tasks[0]) || (tasks[0]?.settled === true && tasks[0].specHash === specHash);
}

/** First those that do not run; then those on nodes with the most tasks of the service; the highest number of what is equal. */
function leastNeeded(slots: readonly Slot[]): Slot[] {
  const onNode = new Map<string, number>();
  const nodeOf = ({ live }: Slot): string => live[0]?.nodeId ?? "";
  for (const slot of slots) onNode.set(nodeOf(slot), (onNode.get(nodeOf(slot)) ?? 0) + 1);
  const isRunning = ({ live }: Slot): number => (live.some(({ status }) => status.state === "running") ? 1 : 0);
  const left = slots.toSorted((a, b) => isRunning(a) - isRunning(b) || Number(b.key) - Number(a.key));
  const sorted: Slot[] = [];
  while (left.length > 0) {
    const place = bestPlace(left, (slot) => [-isRunning(slot), onNode.get(nodeOf(slot)) ?? 0]);
    const [slot] = left.splice(place, 1);
    if (slot === undefined) break;
    sorted.push(slot);
    onNode.set(nodeOf(slot), (onNode.get(nodeOf(slot)) ?? 1) - 1);
  }
  return sorted;
}

function bestPlace(slots: readonly Slot[], rank: (slot: Slot) => [number, number]): number {
  let best = 0;
  for (const [place, slot] of slots.entries()) {
    const [a, b] = [rank(slot), rank(slots[best] ?? slot)];
    if (a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])) best = place;
  }
  return best;
}

/** Has tasks replaced that run where they may not any more: the node is drained, or has lost what a constraint asks for. */
function moveAway(draft: Draft, service: Service): void {
  const constraints = service.spec.placement.constraints.map(parseConstraint);
  const mustLeave = ({ nodeId }: Task): boolean => {
    const node = nodeId === undefined ? undefined : draft.nodes.get(nodeId);
    return node !== undefined && (node.availability === "drain" || !constraints.every((fulfils) => fulfils(node)));
  };
  for (const { live, tasks } of slotsOf(draft).values()) {
    const [newest, ...others] = live;
    // One that comes is on its way elsewhere already.
    if (newest === undefined || !mustLeave(newest) || others.length > 0 || isPutOff(tasks[0])) continue;
    replaceTask(draft, service, newest, service.spec.update.order);
  }
}

/** The nodes that a global service's tasks may be on, each with whether one may begin there. */
export function nodesFor({ nodes }: Pick<Draft, "nodes">, { spec }: Service): Map<string, boolean> {
  const constraints = spec.placement.constraints.map(parseConstraint);
  return new Map(
    [...nodes.values()]
      .filter((node) => node.availability !== "drain" && constraints.every((fulfils) => fulfils(node)))
      .map((node) => [node.id, takesTasks(node)]),
  );
}

/** Forgets all tasks of a service that was removed, as they end. */
export function dismissAll(draft: Draft): void {
  for (const task of draft.tasks.values()) want(draft, task, "remove");
}
