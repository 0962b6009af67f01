import { mkdirSync, watch } from "node:fs";
import { dirname } from "node:path";
import { EstibaError } from "../lib/error.ts";
import { findContainer, getContainer, getState } from "../state/containers.ts";
import { recallExit } from "../state/finished.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import { healthOf } from "./container-filter.ts";
import type { Engine } from "./engine.ts";
import { finishUnderLock } from "./finish.ts";
import { type ContainerSummary, summarize } from "./list.ts";
import { hasProcess } from "./status.ts";
import { waitForExit } from "./wait.ts";

/** What can be waited for, in Podman's words: states of the container, its end, its health. */
export const WAIT_CONDITIONS = [
  "configured",
  "created",
  "exited",
  "healthy",
  "initialized",
  "paused",
  "removing",
  "running",
  "stopped",
  "stopping",
  "unhealthy",
] as const;

/** One of {@link WAIT_CONDITIONS}. */
export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

type WaitRequest = {
  /** One is enough. */
  readonly conditions: readonly WaitCondition[];
  /** How often it is looked again, beside the events that wake at once. */
  readonly intervalMs: number;
  readonly signal?: AbortSignal;
};

/** What a condition other than the end gives, as with Podman. */
const NO_CODE = -1;

/**
 * Resolves when one of the conditions holds: to the exit code for the end of a run (0 for a container that never ran), else to -1. A
 * container that is gone counts as `removing`. Takes no lock while it waits. Throws `not_found`, `invalid` for the health of a container
 * without checks, `wrong_state` when that has ended, and the signal's reason when aborted.
 */
export async function waitForCondition(engine: Engine, nameOrId: string, request: WaitRequest): Promise<number> {
  const { conditions, intervalMs } = request;
  const record = findContainer(engine.store, nameOrId);
  const unhealthy = conditions.find((condition) => isHealth(condition));
  if (unhealthy !== undefined && record.healthcheck === undefined) throw noHealthCheck(record.id, unhealthy);
  const states = conditions.filter((condition) => !isEnd(condition));
  const done = new AbortController();
  const signal = AbortSignal.any([done.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const end = async (): Promise<number> => {
    const exit = await waitForExit(engine, record.id, { signal, recheckMs: intervalMs });
    await finishUnderLock(engine, record);
    return exit.code;
  };
  try {
    return await Promise.race([
      ...(states.length < conditions.length ? [end()] : []),
      ...(states.length > 0 ? [waitForState(engine, record.id, { conditions: states, intervalMs, signal })] : []),
    ]);
  } finally {
    done.abort();
  }
}

async function waitForState(engine: Engine, id: string, request: Required<WaitRequest>): Promise<number> {
  const met = Promise.withResolvers<number>();
  const ended = { looks: 0 };
  const look = (): void => {
    try {
      const code = lookForState(engine, id, { conditions: request.conditions, ended });
      if (code !== undefined) met.resolve(code);
    } catch (error) {
      met.reject(error);
    }
  };
  const abort = (): void => met.reject(request.signal.reason);
  request.signal.addEventListener("abort", abort, { once: true });
  // Whatever happens to a container is written there.
  const folder = dirname(engine.paths.events);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const watcher = watch(folder, look);
  const timer = setInterval(() => {
    ended.looks++;
    look();
  }, request.intervalMs);
  try {
    look();
    return await met.promise;
  } finally {
    request.signal.removeEventListener("abort", abort);
    clearInterval(timer);
    watcher.close();
  }
}

type Look = { readonly conditions: readonly WaitCondition[]; readonly ended: { looks: number } };

function lookForState(engine: Engine, id: string, { conditions, ended }: Look): number | undefined {
  const record = getContainer(engine.store, id);
  if (record === undefined) {
    if (conditions.includes("removing")) return recallExit(engine.live, id)?.code ?? NO_CODE;
    throw removedMeanwhile(id);
  }
  const container = summarize(engine, record, getState(engine.live, id));
  if (conditions.some((condition) => holds(container, condition))) return NO_CODE;
  // Its last check may still be written down: one more interval. Who is started again by itself is checked again.
  if (hasProcess(container) || container.status === "restarting" || container.status === "created") ended.looks = 0;
  else if (ended.looks > 1 && conditions.every((condition) => isHealth(condition))) throw hasEnded(id);
  return undefined;
}

function holds(container: ContainerSummary, condition: WaitCondition): boolean {
  if (isHealth(condition)) return healthOf(container) === condition;
  return container.status === (condition === "configured" ? "created" : condition);
}

function isHealth(condition: WaitCondition): boolean {
  return condition === "healthy" || condition === "unhealthy";
}

function isEnd(condition: WaitCondition): boolean {
  return condition === "exited" || condition === "stopped";
}

function noHealthCheck(id: string, condition: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.no_healthcheck",
    what: `cannot use condition "${condition}": container ${id} has no healthcheck`,
    fix: "make it with --health-cmd, or wait for another condition",
  });
}

function hasEnded(id: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_running",
    what: `container ${id} has ended: its health will not change any more: container is stopped`,
  });
}
