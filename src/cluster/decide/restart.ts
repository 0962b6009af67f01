import type { RestartRule, Service } from "../model/service.ts";
import { hasEnded, isWanted, type Restarts, type Task } from "../model/task.ts";
import { type Draft, put, type Slot, wake } from "./draft.ts";
import { makeTask } from "./make-task.ts";

/** A task that ran for so long was well: the back-off begins anew. */
const WELL_MS = 60_000;
const LONGEST_DELAY_MS = 300_000;
/** So many doublings reach any limit. */
const MOST_DOUBLINGS = 20;

/**
 * Heeds the restart policy where the newest task of a slot has ended by itself: another one takes its place after the back-off, or none
 * does. Gives whether it had ended.
 */
export function restartEnded(draft: Draft, service: Service, { tasks }: Slot): boolean {
  const [newest] = tasks;
  if (newest === undefined || !isWanted(newest) || !hasEnded(newest)) return false;
  const next = nextRestart(service.spec.restart, newest, draft.now);
  // Prepared at once, it would be rejected at once, again and again.
  if (next !== undefined && isPutOff(newest) && newest.specHash === service.specHash && next.notBefore > draft.now) {
    wake(draft, next.notBefore);
    return true;
  }
  put(draft, { ...newest, desired: "shutdown", ...(next === undefined ? { settled: true } : {}) });
  if (next === undefined) return true;
  const { slot, nodeId, run } = newest;
  makeTask(draft, service, { slot, run, nodeId: slot === 0 ? nodeId : undefined, ...next });
  return true;
}

/** Whether a slot's newest task could not be prepared, and the next one is not made yet. */
export function isPutOff(newest: Task | undefined): boolean {
  return newest !== undefined && isWanted(newest) && newest.status.state === "rejected";
}

type NextRestart = { readonly notBefore: number; readonly restarts: Restarts };

/** When a task that ended is followed by another, if at all. */
export function nextRestart(rule: RestartRule, task: Task, now: number): NextRestart | undefined {
  const failed = task.status.state !== "complete";
  if (rule.condition === "none" || (rule.condition === "on-failure" && !failed)) return undefined;
  const { inARow = 0, times = [] } = task.restarts ?? {};
  const since = rule.windowMs === 0 ? Number.NEGATIVE_INFINITY : now - rule.windowMs;
  const counted = times.filter((time) => time > since);
  if (rule.maxAttempts > 0 && counted.length >= rule.maxAttempts) return undefined;
  const wasWell = task.runningAt !== undefined && task.status.at - task.runningAt >= WELL_MS;
  const doublings = wasWell ? 0 : inARow;
  const longest = Math.max(rule.delayMs, LONGEST_DELAY_MS);
  const delayMs = Math.min(rule.delayMs * 2 ** Math.min(doublings, MOST_DOUBLINGS), longest);
  return {
    notBefore: task.status.at + delayMs,
    // Times are only of use to who counts attempts.
    restarts: { inARow: doublings + 1, times: rule.maxAttempts === 0 ? [] : [...counted, now] },
  };
}
