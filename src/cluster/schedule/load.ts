import type { Node } from "../model/node.ts";
import { hasEnded, isAssigned, isWanted, type Reservation, type Task } from "../model/task.ts";

/** A node with what its tasks take of it. */
export type NodeLoad = {
  readonly node: Node;
  /** What it has in all. What it does not tell, a 0 or no number, limits nothing: nobody knows better. */
  readonly capacity: Reservation;
  nanoCpus: number;
  memoryBytes: number;
  /** Tasks that are to run there. */
  tasks: number;
  readonly byService: Map<string, number>;
  readonly hostPorts: Set<string>;
  /** How many tasks were counted: another number means that something is different. */
  counted: number;
};

export type Loads = ReadonlyMap<string, NodeLoad>;

/** Every node with the load of the tasks that are there. */
export function loadsOf(nodes: Iterable<Node>, tasks: Iterable<Task>): Map<string, NodeLoad> {
  const loads = new Map<string, NodeLoad>();
  for (const node of nodes) {
    loads.set(node.id, {
      node,
      capacity: { nanoCpus: known(node.description.nanoCpus), memoryBytes: known(node.description.memoryBytes) },
      nanoCpus: 0,
      memoryBytes: 0,
      tasks: 0,
      byService: new Map(),
      hostPorts: new Set(),
      counted: 0,
    });
  }
  for (const task of tasks) {
    const load = task.nodeId === undefined || !isAssigned(task) ? undefined : loads.get(task.nodeId);
    if (load !== undefined) addTask(load, task);
  }
  return loads;
}

function known(amount: number): number {
  return amount > 0 ? amount : Number.POSITIVE_INFINITY;
}

/** Counts a task on its node. One that is being stopped holds what it has reserved, but is no reason to spread others. */
export function addTask(load: NodeLoad, task: Task): void {
  if (hasEnded(task)) return;
  load.counted += 1;
  load.nanoCpus += task.reserve.nanoCpus;
  load.memoryBytes += task.reserve.memoryBytes;
  for (const port of task.hostPorts) load.hostPorts.add(port);
  if (!isWanted(task)) return;
  load.tasks += 1;
  load.byService.set(task.serviceId, (load.byService.get(task.serviceId) ?? 0) + 1);
}
