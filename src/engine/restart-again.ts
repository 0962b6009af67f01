import { isAlive } from "../host/process.ts";
import { describeError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { getContainer, getState, putState } from "../state/containers.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { finishContainer, sweepHalfStarted } from "./finish.ts";
import { launch } from "./launch.ts";
import { lockContainer } from "./locks.ts";
import { backoffFor, mayRestart, restartDelay } from "./restart-policy.ts";
import { dependencies } from "./start.ts";
import { ringBell } from "./watcher/wake.ts";

/**
 * Waits in this process for the end of a container's back-off, and starts it again; until it runs, or somebody else has decided otherwise.
 * For the exit hook, whose pid the state has. When it is killed, the watcher or the next command that changes something takes over.
 */
export async function waitAndRestart(engine: Engine, id: string): Promise<void> {
  ringBell(engine);
  for (;;) {
    const backoff = getState(engine.live, id)?.backoff;
    if (backoff?.waiter?.pid !== process.pid) return;
    await Bun.sleep(backoff.delayMs);
    await restartNow(engine, id);
  }
}

/**
 * Starts a container whose back-off is over and is this process's to end, or nobody's. One that cannot start gets another back-off, as if
 * it had run and failed. Nothing happens when another command has started, stopped or removed it meanwhile.
 */
export async function restartNow(engine: Engine, id: string): Promise<void> {
  const cause = await failureOfDependencies(engine, id);
  using lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  if (record === undefined) return lock.discard();
  // Whoever made the last attempt may have been killed over it.
  await sweepHalfStarted(engine, record);
  const state = getState(engine.live, id);
  // The exit hook was killed before it could do this; the back-off begins now.
  if (hasEndedUnseen(state)) return void (await finishContainer(engine, record));
  if (state?.status !== "exited" || state.backoff === undefined) return;
  const { waiter } = state.backoff;
  if (waiter !== undefined && waiter.pid !== process.pid && isAlive(waiter)) return;
  // An update may have taken its policy away meanwhile.
  if (!mayRestart(record)) {
    const { backoff: _, ...ended } = state;
    return putState(engine.live, id, ended);
  }
  // That of a boot comes without a pause, and is no retry.
  const counted = { ...state, restartCount: (state.restartCount ?? 0) + (state.backoff.delayMs > 0 ? 1 : 0) };
  emitContainerEvent(engine, record, "restart");
  try {
    if (cause !== undefined) throw cause.error;
    await launch(engine, record, false, { again: counted });
  } catch (error) {
    putState(engine.live, id, failedRestart(record, counted, describeError(error)));
  }
}

// Before its lock is taken: they have locks of their own. What keeps them from starting keeps it, too.
async function failureOfDependencies(engine: Engine, id: string): Promise<{ error: unknown } | undefined> {
  const record = getContainer(engine.store, id);
  if (record === undefined || getState(engine.live, id)?.backoff === undefined) return undefined;
  try {
    await dependencies(engine, record);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** Whether its run has ended, and neither its monitor nor the exit hook is there to see to that. */
export function hasEndedUnseen(state: ContainerState | undefined): boolean {
  const ran = state?.status === "running" || state?.status === "paused" || state?.status === "stopping";
  return ran && !isAlive(state.init) && !isAlive(state.monitor);
}

function failedRestart(record: ContainerRecord, state: ContainerState, reason: string): ContainerState {
  const now = Date.now();
  const { backoff, exit, ...ended } = state;
  const last = exit ?? { code: 125, startedAt: now, finishedAt: now, oomKilled: false };
  const delayMs = restartDelay(record, ended, { code: 125, startedAt: now, finishedAt: now });
  return {
    ...ended,
    exit: { ...last, error: reason },
    ...(delayMs === undefined ? {} : backoffFor(delayMs, backoff?.waiter?.pid === process.pid)),
  };
}
