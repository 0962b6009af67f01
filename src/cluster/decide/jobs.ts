import type { Service } from "../model/service.ts";
import { hasEnded, isLive, isWanted, type Task } from "../model/task.ts";
import { type Draft, type Slot, slotsOf, want } from "./draft.ts";
import { makeTask } from "./make-task.ts";
import { isPutOff, restartEnded } from "./restart.ts";
import { nodesFor } from "./services.ts";

/** How many tasks a job has, and how many of them run at once. */
export type JobSize = { readonly total: number; readonly concurrent: number };

/** Which run of a job it is about, where that has several, and what the first task of each slot waits for. */
type OfRun = { readonly run?: number; readonly after?: (slot: number) => string | undefined };

/** Has so many tasks run to their end, some at once. */
export function reconcileReplicatedJob(draft: Draft, service: Service, size: JobSize): void {
  dismissEarlier(draft, service);
  runJob(draft, service, size);
}

/** Goes on with a job, or one run of it. */
export function runJob(
  draft: Draft,
  service: Service,
  { total, concurrent }: JobSize,
  { run, after }: OfRun = {},
): void {
  const slots = (): Slot[] => [...slotsOf(draft).values()].filter(({ tasks }) => tasks[0]?.run === run);
  for (const slot of slots()) restartFailed(draft, service, slot);
  const made = new Map(slots().map((slot) => [slot.tasks[0]?.slot ?? 0, slot]));
  for (const [slot, { tasks }] of made) if (slot > total) for (const task of tasks) want(draft, task, "remove");
  const live = [...made.values()].filter(({ live: own, tasks }) => own.length > 0 || isPutOff(tasks[0])).length;
  for (let slot = 1, room = concurrent - live; slot <= total && room > 0; slot++) {
    if (made.has(slot)) continue;
    makeTask(draft, service, { slot, run, after: after?.(slot) });
    room -= 1;
  }
}

/** Has one task run to its end on each node that may have one. */
export function reconcileGlobalJob(draft: Draft, service: Service): void {
  dismissEarlier(draft, service);
  const wanted = nodesFor(draft, service);
  for (const slot of slotsOf(draft).values()) {
    const nodeId = slot.tasks[0]?.nodeId;
    if (nodeId !== undefined && wanted.has(nodeId)) restartFailed(draft, service, slot);
    else for (const task of slot.live) want(draft, task, "shutdown");
  }
  const slots = slotsOf(draft);
  for (const [id, mayBegin] of wanted)
    if (mayBegin && !slots.has(`node ${id}`)) makeTask(draft, service, { slot: 0, nodeId: id });
}

/** Whether a job's task has done what it was to do. */
export function isDone(task: Task): boolean {
  return task.status.state === "complete";
}

// A job that is changed begins anew.
function dismissEarlier(draft: Draft, { specHash }: Service): void {
  for (const task of draft.tasks.values()) if (task.specHash !== specHash) want(draft, task, "remove");
}

function restartFailed(draft: Draft, service: Service, slot: Slot): void {
  const [newest] = slot.tasks;
  if (newest === undefined || isDone(newest)) return;
  if (restartEnded(draft, service, slot)) return;
  // Its node was lost: that is not its failure.
  if (slot.tasks.some((task) => isLive(task) || task.settled === true) || isWanted(newest)) return;
  if (newest.slot > 0 && (hasEnded(newest) || newest.desired === "shutdown"))
    makeTask(draft, service, { slot: newest.slot, run: newest.run });
}
