import { takesTasks } from "../model/node.ts";
import { isRebalanced } from "../model/rebalance.ts";
import type { Service } from "../model/service.ts";
import { isAssigned, type Task } from "../model/task.ts";
import { readerOf } from "../schedule/constraint.ts";
import { fits, needsOf } from "../schedule/filters.ts";
import { type Draft, type Slot, slotsOf, wake, want } from "./draft.ts";
import { makeTask } from "./make-task.ts";
import { isPutOff } from "./restart.ts";
import { isUpdating } from "./update.ts";

/**
 * Has one task of a service that asks for it move to a node with fewer of them: another one begins there, and the old one goes when that
 * has proved itself. Only when all tasks run, and the last one that began has run for as long as an update would watch it.
 */
export function rebalance(draft: Draft, service: Service, replicas: number): void {
  giveUpMoves(draft);
  const { spec } = service;
  if (!isRebalanced(spec) || isUpdating(service)) return;
  const tasks = runningAlone([...slotsOf(draft).values()]);
  if (tasks === undefined || tasks.length !== replicas) return;
  const watched = (since: number): boolean => {
    const until = since + spec.update.monitorMs;
    if (until > draft.now) wake(draft, until);
    return until <= draft.now;
  };
  if (!tasks.every(({ runningAt = 0 }) => watched(runningAt))) return;
  const move = bestMove(draft, service, { tasks, isSettled: watched });
  if (move !== undefined) makeTask(draft, service, { slot: move.task.slot, nodeId: move.nodeId });
}

/** A task that was to run on one node, and cannot be given to it, is in nobody's place. */
function giveUpMoves(draft: Draft): void {
  for (const { live } of slotsOf(draft).values()) {
    const [newest] = live;
    if (newest === undefined || live.length < 2 || newest.nodeId === undefined || isAssigned(newest)) continue;
    const node = draft.nodes.get(newest.nodeId);
    if (newest.status.state === "pending" || node === undefined || !takesTasks(node)) want(draft, newest, "shutdown");
  }
}

/**
 * The tasks of the slots, where all run, and nothing else is on its way; undefined otherwise. Of a slot that is wanted no more there is
 * history only, and one that waits for its next task is missing in the number.
 */
function runningAlone(slots: readonly Slot[]): Task[] | undefined {
  const busy = slots.find(({ tasks, live }) => live.length > 1 || (live.length === 1 && isPutOff(tasks[0])));
  const tasks = slots.flatMap(({ live }) => live);
  return busy === undefined && tasks.every(({ status }) => status.state === "running") ? tasks : undefined;
}

type Now = {
  readonly tasks: readonly Task[];
  /** Whether a node that has changed then is there for long enough. */
  readonly isSettled: (since: number) => boolean;
};

type Move = { readonly task: Task; readonly nodeId: string };

/**
 * The move that evens out most: what is preferred to be spread over counts before the nodes themselves, as when tasks are placed. Each
 * makes a difference of two or more smaller, so that there is an end of them.
 */
function bestMove(draft: Draft, { id, spec }: Service, { tasks, isSettled }: Now): Move | undefined {
  const { nodes, loads } = draft;
  const levels = [...spec.placement.spread, "node.id"].map(readerOf);
  const valuesOf = (nodeId: string): string[] => {
    const node = nodes.get(nodeId);
    return levels.map((read) => (node === undefined ? undefined : read(node)) ?? "");
  };
  const byNode = new Map(tasks.map((task) => [task.nodeId ?? "", task]));
  const counts = levels.map(() => new Map<string, number>());
  for (const { nodeId = "" } of tasks)
    for (const [level, value] of valuesOf(nodeId).entries())
      counts[level]?.set(value, (counts[level]?.get(value) ?? 0) + 1);
  const sources = [...byNode].map(([nodeId, task]) => ({ task, values: valuesOf(nodeId) }));
  const needs = needsOf(id, spec, tasks[0]?.hostPorts ?? []);
  let best: (Move & { readonly rank: number }) | undefined;
  for (const load of loads().values()) {
    const { node } = load;
    if (!fits(load, needs) || !isSettled(node.updatedAt)) continue;
    const values = valuesOf(node.id);
    for (const { task, values: from } of sources) {
      const level = values.findIndex((value, place) => value !== from[place]);
      const count = (of: readonly string[]): number => counts[level]?.get(of[level] ?? "") ?? 0;
      const difference = level < 0 ? 0 : count(from) - count(values);
      // Of moves that are as good, one from the node that has most.
      const most = counts.at(-1)?.get(from.at(-1) ?? "") ?? 0;
      const rank = difference - level * 1e6 + most / 1e6;
      if (difference >= 2 && (best === undefined || rank > best.rank)) best = { task, nodeId: node.id, rank };
    }
  }
  return best;
}
