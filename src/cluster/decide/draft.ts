import type { Node } from "../model/node.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isLive, type Task } from "../model/task.ts";
import type { Loads } from "../schedule/load.ts";

/** What is known when it is decided about a service. */
export type Situation = {
  /** Undefined when it was removed. */
  readonly service: Service | undefined;
  /** Its tasks. */
  readonly tasks: Iterable<Task>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** What the tasks of all services take of the nodes; asked for only where that matters. */
  readonly loads: () => Loads;
  /** Greater each time. */
  readonly now: number;
  /** The clock of the day, which may be set. */
  readonly clock: number;
  readonly newId: () => string;
  /** Ended tasks that are kept of each slot. */
  readonly history: number;
};

/** What was decided. */
export type Decision = {
  /** Tasks that are new, or have changed. */
  readonly put: readonly Task[];
  /** Tasks to be forgotten. */
  readonly drop: readonly string[];
  /** The service, where it has changed. */
  readonly service: Service | undefined;
  /** When to decide again, if nothing happens before; Infinity for never. */
  readonly wakeAt: number;
};

/** A decision in the making. */
export type Draft = Omit<Situation, "tasks" | "service"> & {
  readonly tasks: Map<string, Task>;
  readonly changed: Set<string>;
  readonly dropped: Set<string>;
  service: Service | undefined;
  serviceChanged: boolean;
  wakeAt: number;
};

/** The tasks of one slot, newest first. */
export type Slot = { readonly key: string; readonly tasks: readonly Task[]; readonly live: readonly Task[] };

export function openDraft(situation: Situation): Draft {
  return {
    ...situation,
    tasks: new Map([...situation.tasks].map((task) => [task.id, task])),
    changed: new Set(),
    dropped: new Set(),
    serviceChanged: false,
    wakeAt: Number.POSITIVE_INFINITY,
  };
}

export function decisionOf(draft: Draft): Decision {
  return {
    put: [...draft.changed].flatMap((id) => draft.tasks.get(id) ?? []),
    drop: [...draft.dropped],
    service: draft.serviceChanged ? draft.service : undefined,
    wakeAt: draft.wakeAt,
  };
}

/** Changes a task, or adds it. */
export function put(draft: Draft, task: Task): Task {
  draft.tasks.set(task.id, task);
  draft.changed.add(task.id);
  return task;
}

/** Forgets a task. */
export function drop(draft: Draft, { id }: Task): void {
  draft.tasks.delete(id);
  draft.changed.delete(id);
  draft.dropped.add(id);
}

/** Changes what is wanted of a task, unless that is wanted already. */
export function want(draft: Draft, task: Task, desired: Task["desired"]): void {
  if (task.desired !== desired) put(draft, { ...task, desired });
}

export function putService(draft: Draft, service: Service): void {
  draft.service = service;
  draft.serviceChanged = true;
}

/** Asks for another decision at a time. */
export function wake(draft: Draft, at: number): void {
  draft.wakeAt = Math.min(draft.wakeAt, at);
}

/** What is in the place of a slot's number for services that have one task on each node. */
function slotKey({ slot, nodeId, run }: Pick<Task, "slot" | "nodeId" | "run">): string {
  if (slot === 0) return `node ${nodeId}`;
  return run === undefined ? String(slot) : `${slot} of ${run}`;
}

/** The slots that have tasks, but for those whose tasks all go. */
export function slotsOf(draft: Draft): Map<string, Slot> {
  const slots = new Map<string, Task[]>();
  for (const task of draft.tasks.values()) {
    if (task.desired === "remove") continue;
    const key = slotKey(task);
    const tasks = slots.get(key);
    if (tasks === undefined) slots.set(key, [task]);
    else tasks.push(task);
  }
  return new Map([...slots].map(([key, tasks]) => [key, slotOf(key, tasks)]));
}

function slotOf(key: string, tasks: readonly Task[]): Slot {
  const sorted = tasks.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  return { key, tasks: sorted, live: sorted.filter(isLive) };
}

/** Whether a node can be heard of no more, so that nothing is to be waited for there. */
export function isLost(nodes: Draft["nodes"], nodeId: string | undefined): boolean {
  return nodeId !== undefined && nodes.get(nodeId)?.state !== "ready";
}

/** Whether a task that another one waits for holds nothing any more. */
export function isOver(draft: Draft, id: string): boolean {
  const task = draft.tasks.get(id);
  return task === undefined || hasEnded(task) || isLost(draft.nodes, task.nodeId);
}
