import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer, putState } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { finishContainer, sweepHalfStarted } from "./finish.ts";
import { type AttachRequest, begin, type Launched, launch, runtimeStateFolder } from "./launch.ts";
import { lockContainer } from "./locks.ts";
import { isRunning, observe } from "./status.ts";

/**
 * Starts a created, initialized or ended container. Idempotent: a running one stays as it is (and is not attached to: undefined). State reached:
 * running. Throws `not_found`, and what the start itself throws.
 */
export async function startContainer(
  engine: Engine,
  nameOrId: string,
  attach: AttachRequest,
): Promise<{ record: ContainerRecord } & Launched> {
  const { id } = findContainer(engine.store, nameOrId);
  using _lock = await lockContainer(engine, id);
  const record = findContainer(engine.store, id);
  const observed = observe(engine, record);
  if (isRunning(observed)) return { record, attachment: undefined, monitor: undefined, warnings: [] };
  const { state, status } = observed;
  if (status === "initialized" && state !== undefined)
    return { record, ...(await startInitialized(engine, record, { state, attach })) };
  await finishContainer(engine, record, { takesOver: true });
  await sweepHalfStarted(engine, record);
  return { record, ...(await launch(engine, record, attach)) };
}

type Initialized = { readonly state: ContainerState; readonly attach: AttachRequest };

// What `init` has made; from here it goes the way of a container that is being started, also when it is cut off or fails.
async function startInitialized(
  engine: Engine,
  record: ContainerRecord,
  { state, attach }: Initialized,
): Promise<Launched> {
  const starting: ContainerState = { ...state, status: "starting" };
  putState(engine.live, record.id, starting);
  await using undo = new AsyncDisposableStack();
  undo.defer(() => sweepHalfStarted(engine, record));
  const runtime = { path: state.runtime ?? "", stateFolder: runtimeStateFolder(engine) };
  const attachment = await begin(engine, record, { runtime, state: starting, attach });
  undo.move();
  // Its exit hook does not wait for a foreground command, and is not to be dismissed by one.
  return { attachment, monitor: undefined, warnings: [] };
}
