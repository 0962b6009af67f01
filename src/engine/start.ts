import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { findContainer, getContainer, putState } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import type { Engine } from "./engine.ts";
import { type AttachRequest, begin, type Launched, type LaunchOptions, launch, type Ready } from "./launch.ts";
import { type LockedContainer, lockRecord } from "./locks.ts";
import { runtimeStateFolder } from "./runtime-places.ts";
import { isRunning, observe } from "./status.ts";

/** A container that runs; `wasRunning` says that it did before. */
export type Started = Launched & { readonly record: ContainerRecord; readonly wasRunning: boolean };

/** Who is told how far a start has come; nobody is, where the container runs already. */
type Told = Pick<LaunchOptions, "ready" | "going" | "made" | "turn">;

/**
 * Starts a created, initialized or ended container. Idempotent: a running one stays as it is (and is not attached to: undefined). State reached:
 * running. Throws `not_found`, `wrong_state` for a paused one, and what the start itself throws.
 */
export async function startContainer(
  engine: Engine,
  nameOrId: string,
  attach: AttachRequest,
  told: Told = {},
): Promise<Started> {
  return await startFound(engine, findContainer(engine.store, nameOrId), attach, told);
}

/** {@link startContainer} for one that was found before. */
export async function startFound(
  engine: Engine,
  found: ContainerRecord,
  attach: AttachRequest,
  told: Told = {},
): Promise<Started> {
  const earlier = await dependencies(engine, found);
  const started = await startAlone(engine, found, attach, told);
  return earlier.length === 0 ? started : { ...started, warnings: [...earlier, ...started.warnings] };
}

/** {@link startFound} for who has seen to what it needs to run. */
export async function startAlone(
  engine: Engine,
  found: ContainerRecord,
  attach: AttachRequest,
  told: Told = {},
): Promise<Started> {
  using held = await lockRecord(engine, found);
  const { record } = held;
  const { state, status } = observe(engine, record);
  if (!allows("start", status)) throw paused(record);
  if (isRunning({ status }))
    return { record, wasRunning: true, attachment: undefined, monitor: undefined, warnings: [] };
  if (status === "initialized" && state !== undefined)
    return {
      record,
      wasRunning: false,
      ...(await startInitialized(engine, record, { state, attach, ready: told.ready })),
    };
  if (state !== undefined && state.status !== "created") await endEarlier(engine, held);
  return { record, wasRunning: false, ...(await launch(engine, record, attach, told)) };
}

/**
 * Ends what an earlier run, or a start that was cut off, has left. Throws `not_found` for a container with `autoRemove` whose end nobody has
 * cleaned up yet: with that, it is gone.
 */
export async function endEarlier(engine: Engine, { record, discard }: LockedContainer): Promise<void> {
  const { finishContainer, sweepHalfStarted } = await import("./finish.ts");
  await finishContainer(engine, record, { takesOver: true });
  if (getContainer(engine.store, record.id) === undefined) {
    discard();
    throw removedMeanwhile(record.name);
  }
  await sweepHalfStarted(engine, record);
}

/** Starts what it needs to run, where that is more than itself. Gives warnings. The caller does not hold its lock. */
export async function dependencies(engine: Engine, record: ContainerRecord): Promise<readonly string[]> {
  if (record.spec.pod === undefined && record.spec.requires === undefined) return [];
  return await (await import("./pod/dependencies.ts")).startDependencies(engine, record);
}

type Initialized = {
  readonly state: ContainerState;
  readonly attach: AttachRequest;
  readonly ready: Ready | undefined;
};

// What `init` has made; from here it goes the way of a container that is being started, also when it is cut off or fails.
async function startInitialized(
  engine: Engine,
  record: ContainerRecord,
  { state, attach, ready }: Initialized,
): Promise<Launched> {
  const starting: ContainerState = { ...state, status: "starting" };
  putState(engine.live, record.id, starting);
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => await (await import("./finish.ts")).sweepHalfStarted(engine, record));
  const runtime = { path: state.runtime ?? "", stateFolder: runtimeStateFolder(engine) };
  const attachment = await begin(engine, record, { runtime, state: starting, attach, ready });
  undo.move();
  // Its exit hook does not wait for a foreground command, and is not to be dismissed by one.
  return { attachment, monitor: undefined, warnings: [] };
}

function paused({ id, name }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.paused",
    what: `container ${id} must be in Created or Stopped state to be started: it is paused: container state improper`,
    fix: `let it go on: estiba unpause ${name}`,
  });
}
