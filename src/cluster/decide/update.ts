import { MANUAL_ROLLBACK, rolledBack, type Service, type UpdateRule, type UpdateState } from "../model/service.ts";
import type { Task } from "../model/task.ts";
import { type Draft, putService, type Slot, wake, want } from "./draft.ts";
import { replaceTask } from "./replace.ts";
import { isPutOff } from "./restart.ts";

/** So long a new task has to run before it takes another one's place. */
const PROVING_MS = 500;

/** Whether tasks are being replaced for the sake of an update. */
export function isUpdating({ update }: Service): boolean {
  return update?.state === "updating" || update?.state === "rollback_started";
}

/** Where the slots of a service are on their way to its current spec. */
type Progress = {
  readonly rule: UpdateRule;
  readonly startedAt: number;
  /** The task that is still of an older spec, with nothing beside it. */
  readonly dirty: readonly Task[];
  /** Tasks of the current spec that do not run yet. */
  readonly coming: readonly Task[];
  /** Those made by this update that run. */
  readonly done: readonly Task[];
  readonly failed: readonly Task[];
  readonly slots: number;
};

/** Goes on with the update of a service as far as its rule allows now: ends it, breaks it off, or has further slots replaced. */
export function goOnUpdating(draft: Draft, service: Service, slots: readonly Slot[]): void {
  if (!isUpdating(service)) return;
  const progress = progressOf(draft, service, slots);
  const { rule, failed, slots: total } = progress;
  const [failure] = failed;
  if (failure !== undefined && failed.length / Math.max(total, 1) > rule.maxFailureRatio) {
    if (rule.failureAction !== "continue") return breakOff(draft, service, `early termination of task ${failure.id}`);
  }
  if (isStuck(draft, progress))
    return breakOff(draft, service, `no task began to run within ${rule.progressMs / 1000}s`);
  if (progress.dirty.length === 0 && progress.coming.length === 0) return end(draft, service, progress);
  const cooling = progress.done.filter(({ runningAt = 0 }) => runningAt + rule.delayMs > draft.now);
  for (const { runningAt = 0 } of cooling) wake(draft, runningAt + rule.delayMs);
  const most = rule.parallelism === 0 ? Number.POSITIVE_INFINITY : rule.parallelism;
  const room = Math.max(0, most - progress.coming.length - cooling.length);
  for (const task of progress.dirty.slice(0, room)) replaceTask(draft, service, task, rule.order);
}

/** Leaves one task in each slot: the newest of the current spec, once it runs and goes on; until then beside it one that runs. */
export function retireReplaced(draft: Draft, service: Service, slots: readonly Slot[]): void {
  for (const { live } of slots) {
    if (live.length < 2) continue;
    const chosen = live.find((task) => task.specHash === service.specHash);
    const running = live.find((task) => task !== chosen && task.status.state === "running");
    const stays = chosen !== undefined && isProven(draft, service, chosen);
    const kept = stays ? [chosen] : [chosen, running ?? (chosen === undefined ? live[0] : undefined)];
    for (const task of live) if (!kept.includes(task)) want(draft, task, "shutdown");
  }
}

// One that ends as soon as it has begun would have taken the place of one that works.
function isProven(draft: Draft, { spec }: Service, { status, runningAt = 0 }: Task): boolean {
  if (status.state !== "running") return false;
  const provenAt = runningAt + Math.min(spec.update.monitorMs, PROVING_MS);
  if (provenAt > draft.now) wake(draft, provenAt);
  return provenAt <= draft.now;
}

function progressOf({ now }: Draft, service: Service, slots: readonly Slot[]): Progress {
  const { specHash, spec, update } = service;
  const rule = update?.state === "rollback_started" ? spec.rollback : spec.update;
  const startedAt = update?.startedAt ?? now;
  const isCurrent = (task: Task): boolean => task.specHash === specHash;
  const current = slots.flatMap(({ live }) => live.filter(isCurrent));
  const made = slots.flatMap(({ tasks }) => tasks.filter((task) => isCurrent(task) && task.createdAt >= startedAt));
  return {
    rule,
    startedAt,
    dirty: slots.flatMap(({ live, tasks }) => (live.some(isCurrent) || isPutOff(tasks[0]) ? [] : live.slice(0, 1))),
    coming: slots.flatMap(({ live, tasks }) => [
      ...live.filter((task) => isCurrent(task) && (task.status.state !== "running" || live.length > 1)),
      ...tasks.slice(0, 1).filter(isPutOff),
    ]),
    done: current.filter(({ status, createdAt }) => status.state === "running" && createdAt >= startedAt),
    failed: made.filter((task) => hasFailed(task, rule.monitorMs)),
    slots: slots.length,
  };
}

// One that was stopped by us ends as `shutdown`.
function hasFailed({ status, runningAt }: Task, monitorMs: number): boolean {
  if (!["failed", "rejected", "complete"].includes(status.state)) return false;
  return runningAt === undefined || status.at - runningAt <= monitorMs;
}

function isStuck(draft: Draft, { rule, coming, done, startedAt }: Progress): boolean {
  if (rule.progressMs === 0 || coming.length === 0) return false;
  const deadline = Math.max(startedAt, ...done.map(({ runningAt = 0 }) => runningAt)) + rule.progressMs;
  wake(draft, deadline);
  return draft.now >= deadline;
}

function end(draft: Draft, service: Service, { done, rule }: Progress): void {
  const watchedUntil = Math.max(0, ...done.map(({ runningAt = 0 }) => runningAt + rule.monitorMs));
  if (watchedUntil > draft.now) return wake(draft, watchedUntil);
  const back = service.update?.state === "rollback_started";
  const state = back ? "rollback_completed" : "completed";
  setUpdate(draft, service, { state, message: back ? endOfRollback(service) : "update completed", ended: true });
}

// Why it was rolled back is still to be read when nobody looked meanwhile.
function endOfRollback({ update }: Service): string {
  const isAsked = update === undefined || update.message === MANUAL_ROLLBACK;
  return isAsked ? "rollback completed" : `rollback completed: ${update.message}`;
}

function breakOff(draft: Draft, service: Service, why: string): void {
  const back = service.update?.state === "rollback_started";
  if (back) {
    // What did not work before would be no better a second time.
    return setUpdate(draft, service, { state: "rollback_paused", message: `rollback paused due to failure or ${why}` });
  }
  const before =
    service.spec.update.failureAction === "rollback"
      ? rolledBack(service, draft.now, `update rolled back due to failure or ${why}`)
      : undefined;
  if (before === undefined)
    return setUpdate(draft, service, { state: "paused", message: `update paused due to failure or ${why}` });
  putService(draft, before);
  // The slots are looked at again in the light of the other spec.
  wake(draft, draft.now);
}

type Ended = { readonly state: UpdateState; readonly message: string; readonly ended?: boolean };

function setUpdate(draft: Draft, service: Service, { state, message, ended = false }: Ended): void {
  const startedAt = service.update?.startedAt ?? draft.now;
  putService(draft, {
    ...service,
    update: { state, message, startedAt, ...(ended ? { completedAt: draft.now } : {}) },
  });
}
