import type { Engine } from "../../engine/engine.ts";
import type { Assignment } from "../manager/dispatch.ts";
import { hasEnded, TASK_RANK, type TaskStatus } from "../model/task.ts";
import type { NodeNetworks } from "./networks/node-networks.ts";

/** A task on this node, as far as it is. */
export type Held = {
  assignment: Assignment;
  /** What was last reported of it, by this process or one before. */
  status: TaskStatus;
  containerId: string | undefined;
  /** Aborted when it is no longer to be prepared. */
  readonly preparing: AbortController;
  busy: boolean;
  again: boolean;
  /** Its manager has forgotten it. */
  gone: boolean;
};

/** What the tasks of a node are worked on with. */
export type Workshop = {
  readonly engine: Engine;
  readonly report: (taskId: string, status: TaskStatus) => void;
  readonly signal: AbortSignal;
  readonly held: Map<string, Held>;
  /** What is being done with tasks. */
  readonly working: Set<Promise<void>>;
  /** How many more containers may be worked on. */
  slots: number;
  readonly waiting: (() => void)[];
  readonly networks: NodeNetworks;
};

export function holdTask(assignment: Assignment): Held {
  const { status } = assignment.task;
  return {
    assignment,
    status,
    containerId: undefined,
    preparing: new AbortController(),
    busy: false,
    again: false,
    gone: false,
  };
}

type Said = Omit<TaskStatus, "at">;

/** Reports what has become of a task, if that is a step ahead. */
export function say(shop: Workshop, held: Held, said: Said): void {
  if (hasEnded(held) || TASK_RANK[said.state] <= TASK_RANK[held.status.state]) return;
  const { containerId } = held;
  held.status = { ...said, at: Date.now(), ...(containerId === undefined ? {} : { containerId }) };
  shop.report(held.assignment.task.id, held.status);
}

/** Runs work as soon as less than the allowed number of others is going on. */
export async function inTurn<T>(shop: Workshop, work: () => Promise<T>): Promise<T> {
  if (shop.slots > 0) shop.slots -= 1;
  else await new Promise<void>((resolve) => shop.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = shop.waiting.shift();
    if (next === undefined) shop.slots += 1;
    else next();
  }
}
