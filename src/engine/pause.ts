import { hasEnded } from "../host/process.ts";
import { EstibaError } from "../lib/error.ts";
import { type OciRuntime, runtimePause, runtimeResume } from "../runtime/oci-runtime.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { putState } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { lockFound } from "./locks.ts";
import { requireCgroups } from "./require-cgroups.ts";
import { runtimeStateFolder } from "./runtime-places.ts";
import { observe } from "./status.ts";

/**
 * Freezes all processes of a running container. State reached: paused. It is written down before it is done: whoever is killed in between
 * leaves a container that counts as running, because the kernel says so. Throws `not_found`, `wrong_state`.
 */
export async function pauseContainer(engine: Engine, nameOrId: string): Promise<ContainerRecord> {
  using held = await lockFound(engine, nameOrId);
  const { record } = held;
  const { id } = record;
  const { state, status } = observe(engine, record);
  if (state === undefined || !allows("pause", status)) throw cannotPause(record, status);
  requireCgroups("pausing a container");
  putState(engine.live, id, { ...state, status: "paused" });
  try {
    await runtimePause(runtimeOf(engine, state), id);
  } catch (error) {
    putState(engine.live, id, { ...state, status: "running" });
    throw hasEnded(state.init) ? cannotPause(record, "exited") : error;
  }
  emitContainerEvent(engine, record, "pause");
  return record;
}

/** Lets a paused container go on. State reached: running. Throws `not_found`, `wrong_state`. */
export async function unpauseContainer(engine: Engine, nameOrId: string): Promise<ContainerRecord> {
  using held = await lockFound(engine, nameOrId);
  const { record } = held;
  const { state, status } = observe(engine, record);
  if (state === undefined || !allows("unpause", status)) throw notPaused(record, status);
  await thaw(engine, record, state);
  return record;
}

/** The rest of {@link unpauseContainer}, for who holds the container's lock and knows that it is paused. Gives the new state. */
export async function thaw(engine: Engine, record: ContainerRecord, state: ContainerState): Promise<ContainerState> {
  try {
    await runtimeResume(runtimeOf(engine, state), record.id);
  } catch (error) {
    // cgroup v2 lets a frozen process die of SIGKILL: it may have done so meanwhile.
    if (!hasEnded(state.init)) throw error;
  }
  const running: ContainerState = { ...state, status: "running" };
  putState(engine.live, record.id, running);
  emitContainerEvent(engine, record, "unpause");
  return running;
}

function runtimeOf(engine: Engine, { runtime }: ContainerState): OciRuntime {
  if (runtime !== undefined) return { path: runtime, stateFolder: runtimeStateFolder(engine) };
  throw new EstibaError("internal", {
    reason: "container.no_runtime",
    what: "the container's state does not say which runtime made it",
  });
}

function cannotPause(record: ContainerRecord, status: string): EstibaError {
  const paused = status === "paused";
  return new EstibaError("wrong_state", {
    reason: paused ? "container.paused" : "container.not_running",
    what: paused
      ? `"${record.id}" is already paused: container state improper`
      : `"${status}" is not running, can't pause: container state improper`,
    ...(paused ? {} : { fix: `start it first: estiba start ${record.name}` }),
  });
}

function notPaused(record: ContainerRecord, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.not_paused",
    what: `"${record.id}" is not paused, can't unpause: container state improper`,
    details: { status },
  });
}
