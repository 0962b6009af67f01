import { ownProcess } from "../host/process.ts";
import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import type { RunWish } from "../state/run-wish.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** Who ran for so long had a good start: the back-off begins anew (Docker's restart manager). */
const STEADY_MS = 10_000;

/** Whether it may ever be started again by itself. */
export function mayRestart({ spec, healthcheck }: ContainerRecord): boolean {
  return spec.restart !== undefined || healthcheck?.onFailure === "restart" || healthcheck?.startup !== undefined;
}

/**
 * The pause after which an ended container is started again; undefined for not at all. Docker's: 100 ms, doubled up to a minute, and from
 * the beginning after a run of ten seconds.
 */
export function restartDelay(
  record: ContainerRecord,
  state: ContainerState,
  exit: Pick<ContainerExit, "code" | "startedAt" | "finishedAt">,
): number | undefined {
  if (!asksForRestart(record, state, exit.code)) return undefined;
  const steady = exit.finishedAt - exit.startedAt >= STEADY_MS;
  return delayAfter(steady ? undefined : state.restartDelayMs);
}

/** The pause that follows one of `delayMs`, in milliseconds; undefined for the first. */
export function delayAfter(delayMs: number | undefined): number {
  return delayMs === undefined ? FIRST_DELAY_MS : Math.min(delayMs * 2, LONGEST_DELAY_MS);
}

function asksForRestart({ spec }: ContainerRecord, state: ContainerState, code: number): boolean {
  if (spec.autoRemove) return false;
  if (state.ending === "restart") return true;
  if (state.ending !== undefined || state.status === "stopping" || state.status === "initialized") return false;
  switch (spec.restart?.name) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return code !== 0 && (state.restartCount ?? 0) < (spec.restart.maxRetries ?? Number.POSITIVE_INFINITY);
    case "no":
    case undefined:
      return false;
  }
}

/** What is written down, at the end of a run, for the next boot; undefined where that stays as it is. */
export function wishAfter({ spec }: ContainerRecord, state: ContainerState, restarts: boolean): RunWish | undefined {
  if (spec.restart === undefined || restarts || state.ending === "shutdown" || state.keep === true) return undefined;
  return state.ending === "user" || state.status === "stopping" ? "stopped" : "ended";
}

/** The part of a state that says that it is started again, and by whom: this process, or whoever looks. */
export function backoffFor(delayMs: number, takesOver: boolean): Pick<ContainerState, "backoff" | "restartDelayMs"> {
  const backoff = { dueAt: Date.now() + delayMs, delayMs, ...(takesOver ? { waiter: ownProcess() } : {}) };
  return { backoff, restartDelayMs: delayMs };
}
