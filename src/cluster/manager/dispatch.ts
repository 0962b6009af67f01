import type { ContainerSpec } from "../../state/container.ts";
import { isAssigned, type Task, type TaskStatus } from "../model/task.ts";
import type { Manager } from "./manager.ts";

/** A task with all that its node needs to run it. */
export type Assignment = {
  readonly task: Task;
  readonly serviceName: string;
  /** Undefined for one that is only to be stopped: the spec it was made from is no longer kept. */
  readonly container: ContainerSpec | undefined;
};

/** What a node is to have: at first all of its tasks, then those that have changed, and the ids of those to be forgotten. */
export type Orders = {
  readonly complete: boolean;
  readonly assignments: readonly Assignment[];
  readonly gone: readonly string[];
};

/** How a node is told what to do, and tells what it does. */
export type Upstream = {
  readonly orders: (signal: AbortSignal) => AsyncIterable<Orders>;
  readonly report: (taskId: string, status: TaskStatus) => void;
};

/** The orders of one node, as they come, until the signal is aborted. */
export async function* ordersFor(manager: Manager, nodeId: string, signal: AbortSignal): AsyncGenerator<Orders> {
  const { replica } = manager;
  const bell = { ring: Promise.withResolvers<void>() };
  const ring = (): void => bell.ring.resolve();
  using _listening = replica.onChange(({ places }) => {
    if (places.has(nodeId)) ring();
  });
  signal.addEventListener("abort", ring, { once: true });
  // Without the state there is nothing to say: an empty list would have everything stopped.
  if (replica.revision() === 0) await replica.reached(1, signal);
  let told: ReadonlyMap<string, Task> | undefined;
  while (!signal.aborted) {
    bell.ring = Promise.withResolvers<void>();
    const tasks = new Map(
      [...replica.tasks.values()]
        .filter((task) => task.nodeId === nodeId && isAssigned(task))
        .map((task) => [task.id, task] as const),
    );
    const changed = [...tasks.values()].filter((task) => told === undefined || isNews(told.get(task.id), task));
    const gone = [...(told?.keys() ?? [])].filter((id) => !tasks.has(id));
    if (told === undefined || changed.length > 0 || gone.length > 0)
      yield { complete: told === undefined, assignments: changed.map((task) => assignmentOf(manager, task)), gone };
    told = tasks;
    if (!signal.aborted) await bell.ring.promise;
  }
  signal.removeEventListener("abort", ring);
}

// What it said itself is none.
function isNews(before: Task | undefined, task: Task): boolean {
  return before?.desired !== task.desired;
}

function assignmentOf({ replica }: Manager, task: Task): Assignment {
  const service = replica.services.get(task.serviceId);
  const made = [service, service?.previous].find((one) => one?.specHash === task.specHash);
  return { task, serviceName: service?.spec.name ?? task.serviceId, container: made?.spec.container };
}

/** How the manager's own node is told, in the same process. */
export function localUpstream(manager: Manager): Upstream {
  const { nodeId } = manager;
  return {
    orders: (signal) => ordersFor(manager, nodeId, signal),
    report: (taskId, status) => receive(manager, nodeId, { taskId, status }),
  };
}

/** Takes what a node says of a task. */
export function receive(
  manager: Manager,
  nodeId: string,
  { taskId, status }: { readonly taskId: string; readonly status: TaskStatus },
): void {
  manager.inbox.set(taskId, { nodeId, status });
  manager.wake();
}
