import { isAlive, readProcFile, sendSignal } from "../host/process.ts";
import { parseSignal, signalName } from "../host/signal.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState, Ending } from "../state/container.ts";
import { findContainer, getState, putState } from "../state/containers.ts";
import { putRunWish } from "../state/run-wish.ts";
import { allows } from "./allowed-states.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { finishContainer, finishUnderLock } from "./finish.ts";
import { lockContainer } from "./locks.ts";
import { thaw } from "./pause.ts";
import { hasProcess, observe } from "./status.ts";

const SIGKILL = 9;
/** Beside its own stop signal. A HUP often means: read your files again. */
const ENDING_SIGNALS = ["KILL", "TERM", "INT", "QUIT"];
const POLL_MS = 5;
/** A process that survives SIGKILL for so long hangs in the kernel. */
const KILL_PATIENCE_MS = 10_000;

/**
 * Why SIGKILL was needed: the first process has no handler for the stop signal, or ignores it on purpose, or took longer than it was given.
 */
export type KillReason = "unhandled" | "ignored" | "slow";

/** What a stop did. */
export type Stopped = {
  readonly record: ContainerRecord;
  readonly wasRunning: boolean;
  /** Undefined when it ended by itself. */
  readonly killed: KillReason | undefined;
  /** The seconds it was given. */
  readonly seconds: number;
  /** The signal that was to stop it, by number. */
  readonly signal: number;
};

export type StopOptions = {
  /** Seconds before SIGKILL, its own when undefined; negative waits for ever. */
  readonly timeoutSeconds?: number | undefined;
  /** Instead of its own stop signal, by name or number. */
  readonly signal?: string | undefined;
  /** A start follows: a container with `--rm` stays. */
  readonly keep?: boolean;
  /** Why; `user` when undefined. */
  readonly ending?: Ending;
};

/**
 * Stops a container: its stop signal, then after a while SIGKILL; resolves when it has ended and is cleaned up. A paused one goes on, to
 * see the signal (as with Docker). One that does not run stays as it is. The lock is not held while the process takes its time.
 */
export async function stopContainer(engine: Engine, nameOrId: string, options: StopOptions = {}): Promise<Stopped> {
  const record = findContainer(engine.store, nameOrId);
  const seconds = options.timeoutSeconds ?? record.spec.stopTimeout;
  const signal = parseSignal(options.signal ?? record.process.stopSignal);
  const state = await requestStop(engine, record, { ...options, signal });
  if (state === undefined) return { record, wasRunning: false, killed: undefined, seconds, signal };
  const patienceMs = seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  const ended = await waitUntilDead(state, patienceMs);
  const killed = ended ? undefined : whyKilled(state, signal);
  if (!ended) await killUntilDead(record, state);
  emitContainerEvent(engine, record, "stop");
  await finishUnderLock(engine, record);
  return { record, wasRunning: true, killed, seconds, signal };
}

async function requestStop(
  engine: Engine,
  record: ContainerRecord,
  { signal, keep = false, ending = "user" }: Omit<StopOptions, "signal"> & { signal: number },
): Promise<ContainerState | undefined> {
  using _lock = await lockContainer(engine, record.id);
  const { state, status } = observe(engine, record);
  if (state?.init === undefined || !hasProcess({ status })) {
    await finishContainer(engine, record, { takesOver: true });
    cancelRestart(engine, record, keep ? "shutdown" : ending);
    return undefined;
  }
  // A command that has not begun has no handler for any signal: it need not be waited for.
  sendSignal(state.init.pid, status === "initialized" ? SIGKILL : signal);
  // Sent first: it sees the signal before anything else it does.
  const awake = status === "paused" ? await thaw(engine, record, state) : state;
  const stopping: ContainerState = { ...awake, status: "stopping", ending, ...(keep ? { keep } : {}) };
  putState(engine.live, record.id, stopping);
  return stopping;
}

// Whoever waits for the end of the back-off finds that there is none any more.
function cancelRestart(engine: Engine, { id }: ContainerRecord, ending: Ending): void {
  const state = getState(engine.live, id);
  if (state?.backoff === undefined) return;
  const { backoff: _, ...ended } = state;
  if (ending === "user") putRunWish(engine.store, id, "stopped");
  putState(engine.live, id, ended);
}

// The kernel keeps signals without a handler from the first process of a pid namespace (pid_namespaces(7)).
function whyKilled({ init }: ContainerState, signal: number): KillReason {
  const status = init === undefined ? "" : readProcFile(init.pid, "status");
  const bit = BigInt(signal - 1);
  const has = (field: string): boolean | undefined => {
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)$`, "m").exec(status)?.[1];
    return mask === undefined ? undefined : ((BigInt(`0x${mask}`) >> bit) & 1n) === 1n;
  };
  if (has("SigIgn") === true) return "ignored";
  return has("SigCgt") === false ? "unhandled" : "slow";
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

/**
 * Sends a signal to a running container's first process. A paused one gets it when it goes on; SIGKILL lets it go on at once, to die.
 * After a signal that asks it to end, no restart policy starts it again, unless `byUser` is false. Throws `wrong_state` when it does not
 * run.
 */
export async function killContainer(
  engine: Engine,
  nameOrId: string,
  signal: string,
  byUser = true,
): Promise<ContainerRecord> {
  const number = parseSignal(signal);
  const record = findContainer(engine.store, nameOrId);
  const { state, status } = observe(engine, record);
  if (state?.init === undefined || !allows("kill", status)) {
    throw new EstibaError("wrong_state", {
      reason: "container.not_running",
      what: `can only kill running containers. ${record.id} is in state ${status}: container state improper`,
      details: { signal: signalName(number) },
    });
  }
  if (byUser && record.spec.restart !== undefined && asksToEnd(record, number)) await markEnded(engine, record, state);
  sendSignal(state.init.pid, number);
  emitContainerEvent(engine, record, "kill", { signal: String(number) });
  if (number !== SIGKILL) return record;
  if (status === "paused") await thawDying(engine, record);
  await waitUntilDead(state, KILL_PATIENCE_MS);
  await finishUnderLock(engine, record);
  return record;
}

function asksToEnd({ process }: ContainerRecord, signal: number): boolean {
  return [...ENDING_SIGNALS, process.stopSignal].some((name) => parseSignal(name) === signal);
}

async function markEnded(engine: Engine, { id }: ContainerRecord, { init }: ContainerState): Promise<void> {
  using _lock = await lockContainer(engine, id);
  const state = getState(engine.live, id);
  if (state?.init?.pid === init?.pid && state?.status !== "exited" && state !== undefined)
    putState(engine.live, id, { ...state, ending: "user" });
}

// The freezer of cgroup v1 keeps even SIGKILL from a process.
async function thawDying(engine: Engine, record: ContainerRecord): Promise<void> {
  using _lock = await lockContainer(engine, record.id);
  const state = getState(engine.live, record.id);
  if (state?.status === "paused" && isAlive(state.init)) await thaw(engine, record, state);
}
