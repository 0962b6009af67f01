import { existsSync } from "node:fs";
import { startedByUnits } from "../config/project-units.ts";
import { hostUid } from "../host/own-ids.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { ContainerExit, ContainerRecord, ContainerState } from "../state/container.ts";
import { getContainer, getState, listContainers, loadExit, putState } from "../state/containers.ts";
import { getRunWish, type RunWish } from "../state/run-wish.ts";
import { listDueRuns } from "../state/schedules.ts";
import type { RestartPolicy } from "../state/spec/restart.ts";
import type { Engine } from "./engine.ts";
import { lockContainer } from "./locks.ts";
import { restartNow } from "./restart-again.ts";
import { hasProcess, observe } from "./status.ts";
import { stopContainer } from "./stop.ts";
import { wakeWatcher } from "./watcher/wake.ts";

const AT_ONCE = 4;

/** What becomes of a container with a restart policy at boot. */
type Outcome = "started" | "waiting" | "running" | "stopped" | "ended" | "never started" | "enabled";

/** `waiting`: it is started later, `stopped`: by a user, `ended`: by itself, `enabled`: units of its project start it. */
export type Booted = {
  readonly record: ContainerRecord;
  readonly outcome: Outcome;
  /** Why it could not be started. */
  readonly reason?: string;
};

/**
 * Starts what restart policies ask for after a reboot, and tells of every container that has a policy, oldest first. Safe to repeat: what
 * runs, or has run since the boot, is left alone. What cannot be started is tried again like any restart.
 */
export async function bootContainers(engine: Engine, signal: AbortSignal): Promise<Booted[]> {
  const records = listContainers(engine.store).filter(({ spec }) => spec.restart !== undefined);
  const owner = { user: hostUid() !== 0, environment: process.env };
  const isEnabled = startedByUnits(owner, existsSync("/run/systemd/system"));
  const booted = await inParallel(records, { limit: AT_ONCE, signal }, async (record): Promise<Booted> => {
    return isEnabled(record.labels) ? { record, outcome: "enabled" } : await boot(engine, record);
  });
  const scheduled = listDueRuns(engine.store).length > 0;
  if (scheduled || booted.some(({ outcome }) => outcome === "waiting")) wakeWatcher(engine);
  return booted;
}

async function boot(engine: Engine, record: ContainerRecord): Promise<Booted> {
  const left = await claim(engine, record.id);
  if (left !== undefined) return { record, outcome: left };
  await restartNow(engine, record.id);
  const state = getState(engine.live, record.id);
  const reason = state?.status === "exited" ? state.exit?.error : undefined;
  if (reason === undefined) return { record, outcome: "started" };
  return { record, outcome: state?.backoff === undefined ? "ended" : "waiting", reason };
}

/**
 * Writes down that it is to be started, as a back-off that is over: whoever is killed in between leaves a restart to be made. Gives the
 * reason when it is not.
 */
async function claim(engine: Engine, id: string): Promise<Outcome | undefined> {
  using lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  if (record === undefined) {
    lock.discard();
    return "ended";
  }
  const state = getState(engine.live, id);
  if (hasProcess(observe(engine, record, state))) return "running";
  if (state?.backoff !== undefined) return "waiting";
  const wish = getRunWish(engine.store, id);
  if (wish === undefined) return "never started";
  if (!startsAtBoot(record.spec.restart?.name, wish) || hasRun(state)) return wish === "stopped" ? "stopped" : "ended";
  const now = Date.now();
  const exit: ContainerExit = loadExit(engine.store, id) ?? {
    code: 0,
    startedAt: now,
    finishedAt: now,
    oomKilled: false,
  };
  putState(engine.live, id, { status: "exited", exit, backoff: { dueAt: now, delayMs: 0 } });
  return undefined;
}

// In this boot: its end was its policy's business, which is settled.
function hasRun(state: ContainerState | undefined): boolean {
  return state !== undefined && state.status !== "created";
}

function startsAtBoot(policy: RestartPolicy["name"] | undefined, wish: RunWish): boolean {
  switch (policy) {
    case "always":
      return true;
    case "unless-stopped":
      return wish !== "stopped";
    case "on-failure":
      return wish === "running";
    case "no":
    case undefined:
      return false;
  }
}

/** A container that was stopped because the machine goes down. */
export type ShutDown = { readonly record: ContainerRecord; readonly killed: boolean };

/**
 * Stops every container before the machine goes down, all at once. For restart policies that is no user's doing: what runs now, runs again
 * after the next boot. A failure is thrown after all others have been stopped.
 */
export async function shutDownContainers(engine: Engine): Promise<ShutDown[]> {
  const results = await Promise.allSettled(
    listContainers(engine.store).map(async (record) => {
      const { wasRunning, killed } = await stopContainer(engine, record.id, { ending: "shutdown" });
      return wasRunning ? [{ record, killed: killed !== undefined }] : [];
    }),
  );
  return results.flatMap((result) => {
    if (result.status === "rejected") throw result.reason as unknown;
    return result.value;
  });
}
