import type { ContainerRecord, ContainerState } from "../../state/container.ts";
import { getContainer, getState, putState } from "../../state/containers.ts";
import type { HealthResult, HealthState } from "../../state/spec/health.ts";
import { emitContainerEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";
import { observe } from "../status.ts";
import { writeHealthLog } from "./log.ts";
import { type HealthStep, nextHealth } from "./next.ts";
import { inStartup, runAge } from "./pace.ts";
import { probe } from "./probe.ts";

/** A check that was made and counted. */
export type Checked = { readonly result: HealthResult; readonly health: HealthState };

type CheckOptions = {
  readonly signal: AbortSignal;
  /** Somebody asked for this one: it is told of as an event, whatever it finds. */
  readonly asked: boolean;
};

/**
 * Makes one health check (the start-up check until that has passed), writes down what it found, and does what --health-on-failure says.
 * Undefined when there is nothing to check, or the run ended (or was paused) before the check was over: then it counts for nothing.
 */
export async function checkHealth(
  engine: Engine,
  id: string,
  { signal, asked }: CheckOptions,
): Promise<Checked | undefined> {
  const record = getContainer(engine.store, id);
  const check = record?.healthcheck;
  if (record === undefined || check === undefined) return undefined;
  const { status, state } = observe(engine, record);
  if (status !== "running" || state?.runtime === undefined || state.health === undefined || state.init === undefined)
    return undefined;
  const { test, timeoutMs } = (inStartup(check, state.health) ? check.startup : undefined) ?? check;
  const wanted = { id, init: state.init.pid, runtime: state.runtime, test, timeoutMs, maxLogSize: check.maxLogSize };
  const ageMs = runAge(state);
  const result = await probe(engine, wanted, signal);
  if (signal.aborted) return undefined;
  const step = await countResult(engine, record, state, { result, ageMs, asked });
  if (step === undefined) return undefined;
  if (step.verdict !== undefined) await act(engine, record, step.verdict);
  return { result, health: step.health };
}

/** Under the lock: the state may have changed while the check ran. */
async function countResult(
  engine: Engine,
  { id }: ContainerRecord,
  { init }: ContainerState,
  { result, ageMs, asked }: { result: HealthResult; ageMs: number | undefined; asked: boolean },
): Promise<HealthStep | undefined> {
  using lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  if (record === undefined) {
    lock.discard();
    return undefined;
  }
  const { status, state } = observe(engine, record, getState(engine.live, id));
  const sameRun = state?.init?.pid === init?.pid && state?.init?.startTicks === init?.startTicks;
  if (status !== "running" || state?.health === undefined || record.healthcheck === undefined || !sameRun)
    return undefined;
  const step = nextHealth(record.healthcheck, state.health, result, ageMs);
  putState(engine.live, id, { ...state, health: step.health });
  const { logDestination } = record.healthcheck;
  if (asked || logDestination === "events_logger" || !staysWell(state.health, step.health))
    emitHealth(engine, record, step.health, logDestination === "events_logger" ? result.output : "");
  if (logDestination.startsWith("/")) writeHealthLog(logDestination, id, step.health);
  return step;
}

// The log of events holds some ten thousand: those of checks that find nothing new would leave no room for the others.
function staysWell(before: HealthState, after: HealthState): boolean {
  return [before, after].every(({ status, failingStreak }) => status === "healthy" && failingStreak === 0);
}

function emitHealth(engine: Engine, record: ContainerRecord, health: HealthState, output: string): void {
  emitContainerEvent(engine, record, "health_status", {
    health_status: health.status,
    health_failing_streak: String(health.failingStreak),
    health_log: output,
  });
}

async function act(engine: Engine, record: ContainerRecord, verdict: "unhealthy" | "startup"): Promise<void> {
  const action = verdict === "startup" ? "restart" : (record.healthcheck?.onFailure ?? "none");
  if (action === "none") return;
  const { killContainer, stopContainer } = await import("../stop.ts");
  if (action === "kill") await killContainer(engine, record.id, "KILL", false);
  else await stopContainer(engine, record.id, { ending: action === "restart" ? "restart" : "user" });
}
