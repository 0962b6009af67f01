import { isAlive, sendSignal } from "../host/process.ts";
import { parseSignal, signalName } from "../host/signal.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer, putState } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { finishContainer, finishUnderLock } from "./finish.ts";
import { lockContainer } from "./locks.ts";
import { isRunning, observe } from "./status.ts";

const SIGKILL = 9;
const POLL_MS = 5;
/** A process that survives SIGKILL for so long hangs in the kernel. */
const KILL_PATIENCE_MS = 10_000;

/** Whether SIGKILL was needed, and the container it was about. */
export type Stopped = { readonly record: ContainerRecord; readonly wasRunning: boolean; readonly killed: boolean };

/**
 * Stops a container: its stop signal, then after `timeoutSeconds` (its own when undefined) SIGKILL; resolves when it has ended and is
 * cleaned up. One that does not run stays as it is. The lock is not held while the process takes its time.
 */
export async function stopContainer(engine: Engine, nameOrId: string, timeoutSeconds?: number): Promise<Stopped> {
  const record = findContainer(engine.store, nameOrId);
  const state = await requestStop(engine, record);
  if (state === undefined) return { record, wasRunning: false, killed: false };
  const seconds = timeoutSeconds ?? record.spec.stopTimeout;
  const patienceMs = seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  const ended = await waitUntilDead(state, patienceMs);
  if (!ended) await killUntilDead(record, state);
  await finishUnderLock(engine, record);
  return { record, wasRunning: true, killed: !ended };
}

async function requestStop(engine: Engine, record: ContainerRecord): Promise<ContainerState | undefined> {
  using _lock = await lockContainer(engine, record.id);
  const { state, ...observed } = observe(engine, record);
  if (state === undefined || !isRunning({ ...observed, state }) || state.init === undefined) {
    await finishContainer(engine, record);
    return undefined;
  }
  putState(engine.live, record.id, { ...state, status: "stopping" });
  sendSignal(state.init.pid, parseSignal(record.process.stopSignal));
  return state;
}

/** Polls until the container's first process is gone; false when it outlives the patience. */
export async function waitUntilDead(state: ContainerState, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (let pauseMs = 1; isAlive(state.init); pauseMs = Math.min(pauseMs * 1.5, POLL_MS)) {
    if (performance.now() >= deadline) return false;
    await Bun.sleep(pauseMs);
  }
  return true;
}

/** SIGKILL, and wait for the kernel to carry it out. Throws `timeout` for a process that hangs in the kernel. */
export async function killUntilDead(record: ContainerRecord, state: ContainerState): Promise<void> {
  if (state.init !== undefined) sendSignal(state.init.pid, SIGKILL);
  if (await waitUntilDead(state, KILL_PATIENCE_MS)) return;
  throw new EstibaError("timeout", {
    reason: "container.unkillable",
    what: `container "${record.name}" did not end on SIGKILL: its process ${state.init?.pid} hangs in the kernel`,
    fix: "look for a hanging disk or network file system (cat /proc/PID/stack), then try again",
    retryable: true,
  });
}

/** Sends a signal to a running container's first process. Throws `wrong_state` when it does not run. */
export async function killContainer(engine: Engine, nameOrId: string, signal: string): Promise<ContainerRecord> {
  const number = parseSignal(signal);
  const record = findContainer(engine.store, nameOrId);
  const { state, status } = observe(engine, record);
  if (state?.init === undefined || (status !== "running" && status !== "stopping")) {
    throw new EstibaError("wrong_state", {
      reason: "container.not_running",
      what: `can only kill running containers: "${record.name}" is ${status}`,
      details: { signal: signalName(number) },
    });
  }
  sendSignal(state.init.pid, number);
  if (number === SIGKILL) {
    await waitUntilDead(state, KILL_PATIENCE_MS);
    await finishUnderLock(engine, record);
  }
  return record;
}
