import { isAlive } from "../../host/process.ts";
import type { ContainerState } from "../../state/container.ts";
import { getSoundContainer, getState, listStates } from "../../state/containers.ts";
import { type DueRun, getDueRun, listDueRuns } from "../../state/schedules.ts";
import type { Engine } from "../engine.ts";
import { checkPace } from "../health/pace.ts";
import { keptFiles } from "../log/destination.ts";
import { hasEndedUnseen } from "../restart-again.ts";
import { mayRestart } from "../restart-policy.ts";

/** Something that will have to be done about a container, by whoever watches. */
export type PendingWork = {
  readonly id: string;
  /** `rotate` lasts as long as the run whose log it is. */
  readonly kind: "check" | "restart" | "rotate" | "schedule";
  /** Tells one run, or one back-off, from the next of the same container. */
  readonly key: string;
  /** How long from now. */
  readonly inMs: number;
  /** How long from the end of this to the next of its kind. */
  readonly paceMs: number;
  /** Somebody else, who lives, is doing it: an exit hook that waits. */
  readonly taken: boolean;
};

/** Time for a waiter to do what it waits for, before somebody looks whether it still lives. */
const GRACE_MS = 1_000;

/** The health checks, restarts and runs by schedule that are to come, and the logs to keep in files of a size. Reads only. */
export function pendingWork(engine: Engine): PendingWork[] {
  const ofStates = [...listStates(engine.live)].flatMap(([id, state]) => workOfState(engine, id, state));
  return [...ofStates, ...listDueRuns(engine.store).map(pendingRun)];
}

/** What is to come of one container, at most one of a kind. */
export function workOf(engine: Engine, id: string): PendingWork[] {
  const state = getState(engine.live, id);
  const dueAt = getDueRun(engine.store, id);
  return [
    ...(state === undefined ? [] : workOfState(engine, id, state)),
    ...(dueAt === undefined ? [] : [pendingRun({ id, dueAt })]),
  ];
}

function workOfState(engine: Engine, id: string, state: ContainerState): PendingWork[] {
  const work =
    state.backoff === undefined
      ? [pendingCheck(engine, id, state), pendingRotation(engine, id, state), pendingEnd(engine, id, state)]
      : [pendingRestart(id, state)];
  return work.filter((one) => one !== undefined);
}

function pendingRun({ id, dueAt }: DueRun): PendingWork {
  const inMs = Math.max(0, dueAt - Date.now());
  return { id, kind: "schedule", key: `schedule ${dueAt}`, inMs, paceMs: GRACE_MS, taken: false };
}

function pendingRestart(id: string, { status, backoff }: ContainerState): PendingWork | undefined {
  if (backoff === undefined || (status !== "exited" && status !== "starting")) return undefined;
  const taken = isAlive(backoff.waiter);
  const remaining = within(backoff.dueAt - Date.now(), backoff.delayMs);
  const inMs = remaining + (taken ? GRACE_MS : 0);
  return { id, kind: "restart", key: `restart ${backoff.dueAt}`, inMs, paceMs: GRACE_MS, taken };
}

// Also what is not written down yet, where the exit hook was killed at once.
function pendingEnd(engine: Engine, id: string, state: ContainerState): PendingWork | undefined {
  if (!hasEndedUnseen(state)) return undefined;
  const record = getSoundContainer(engine.store, id);
  if (record === undefined || !mayRestart(record)) return undefined;
  const key = `end ${state.init?.pid} ${state.init?.startTicks}`;
  return { id, kind: "restart", key, inMs: GRACE_MS, paceMs: GRACE_MS, taken: false };
}

function pendingCheck(engine: Engine, id: string, state: ContainerState): PendingWork | undefined {
  const { health, init } = state;
  if (health === undefined || (state.status !== "running" && state.status !== "paused") || !isAlive(init))
    return undefined;
  const record = getSoundContainer(engine.store, id);
  const pace = record === undefined ? undefined : checkPace(record, state);
  if (pace === undefined) return undefined;
  const inMs = health.checkedAt === undefined ? 0 : within(health.checkedAt + pace - Date.now(), pace);
  return { id, kind: "check", key: `check ${init?.pid} ${init?.startTicks}`, inMs, paceMs: pace, taken: false };
}

function pendingRotation(engine: Engine, id: string, { status, init }: ContainerState): PendingWork | undefined {
  const runs = status === "running" || status === "paused" || status === "stopping";
  if (!runs || !isAlive(init)) return undefined;
  const record = getSoundContainer(engine.store, id);
  if (record === undefined || keptFiles(record.spec) <= 1) return undefined;
  return { id, kind: "rotate", key: `rotate ${init?.pid} ${init?.startTicks}`, inMs: 0, paceMs: 0, taken: false };
}

// The clock may have been set back meanwhile: what is to come never comes later than if it had begun now.
function within(remainingMs: number, mostMs: number): number {
  return Math.min(Math.max(remainingMs, 0), mostMs);
}
