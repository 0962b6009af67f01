import type { ContainerExit, ContainerRecord, ContainerSpec } from "../state/container.ts";
import { getContainer, getState } from "../state/containers.ts";
import { syncLog } from "../state/database.ts";
import { removedMeanwhile, startedMeanwhile } from "./changed-meanwhile.ts";
import { createContainer, survivesBoot } from "./create.ts";
import type { Engine } from "./engine.ts";
import { type AttachRequest, type Beside, type Launched, type LaunchOptions, launch } from "./launch.ts";
import { lockContainer } from "./locks.ts";

/** A container that was started by this call. */
export type RunningContainer = {
  readonly record: ContainerRecord;
  readonly launched: Launched;
  /** Resolves when it has ended and is cleaned up (with `autoRemove`: gone), to how it ended. */
  readonly ended: () => Promise<ContainerExit>;
};

/** What a run has of this process: its stdio, and descriptors from 3 on. */
type RunRequest = { readonly attach: AttachRequest; readonly pass: readonly number[] };

/**
 * Creates and starts a container from a local image. State reached: running. When it cannot start, a container with `autoRemove` is
 * gone again, another stays created. Throws what create and start throw.
 */
export async function runContainer(
  engine: Engine,
  spec: ContainerSpec,
  request: RunRequest,
): Promise<RunningContainer> {
  const record = await createContainer(engine, spec, { toSync: true });
  const sync = (): void => {
    if (survivesBoot(record)) syncLog(engine.store);
  };
  try {
    return await runCreated(engine, record, { ...request, going: sync });
  } catch (error) {
    // It may have failed before the start was going, and may be there still.
    sync();
    throw error;
  }
}

async function runCreated(
  engine: Engine,
  record: ContainerRecord,
  { attach, pass, going }: RunRequest & Pick<LaunchOptions, "going">,
): Promise<RunningContainer> {
  const { warnings: earlier, beside } = await startBefore(engine, record);
  // Whatever becomes of the member: no start is left half-way.
  await using _infra = { [Symbol.asyncDispose]: async () => void (await failureOf(beside)) };
  // The infra container is being made: until that is done, there is time.
  if (beside !== undefined) going?.();
  using lock = await lockContainer(engine, record.id);
  // A prune or `rm --all` may have been quicker: what is started without a record would belong to nobody.
  if (getContainer(engine.store, record.id) === undefined) {
    lock.discard();
    throw removedMeanwhile(record.name);
  }
  if (isBegun(engine, record)) return begunByOthers(engine, record, { attach, warnings: earlier });
  try {
    const launched = await launch(engine, record, attach, { pass, going: beside?.goOn ?? going, beside });
    const warnings = [...earlier, ...((await beside?.begun) ?? []), ...launched.warnings];
    return {
      record,
      launched: { ...launched, warnings },
      // Loaded while the container runs.
      ended: async () => await (await import("./end-of-run.ts")).endOfRun(engine, record, launched.monitor),
    };
  } catch (error) {
    const cause = (await failureOf(beside)) ?? error;
    if (record.spec.autoRemove) {
      await (await import("./discard.ts")).discardContainer(engine, record);
      lock.discard();
    }
    throw cause;
  }
}

// `start`, or the start of its pod, may have been quicker as well.
function isBegun({ live }: Engine, { id }: ContainerRecord): boolean {
  return (getState(live, id)?.status ?? "created") !== "created";
}

type Begun = { readonly attach: AttachRequest; readonly warnings: readonly string[] };

function begunByOthers(engine: Engine, record: ContainerRecord, { attach, warnings }: Begun): RunningContainer {
  if (attach !== false) throw startedMeanwhile(record.name);
  return {
    record,
    launched: { attachment: undefined, monitor: undefined, warnings },
    ended: async () => await (await import("./end-of-run.ts")).endOfRun(engine, record, undefined),
  };
}

/** How a start beside ours has failed, if it has: ours fails by that. Resolves when it has ended. */
async function failureOf(beside: Beside | undefined): Promise<unknown> {
  beside?.goOn();
  const [end] = await Promise.allSettled([beside?.begun]);
  return end?.status === "rejected" ? end.reason : undefined;
}

type Before = { readonly warnings: readonly string[]; readonly beside?: Beside | undefined };

async function startBefore(engine: Engine, record: ContainerRecord): Promise<Before> {
  if (record.spec.pod === undefined && record.spec.requires === undefined) return { warnings: [] };
  const { startBeside, startDependencies } = await import("./pod/dependencies.ts");
  try {
    const beside = await startBeside(engine, record);
    return beside === undefined ? { warnings: await startDependencies(engine, record) } : { warnings: [], beside };
  } catch (error) {
    if (record.spec.autoRemove) {
      using lock = await lockContainer(engine, record.id);
      // Somebody else may have started it meanwhile.
      if (getState(engine.live, record.id) === undefined)
        await (await import("./discard.ts")).discardContainer(engine, record);
      if (getContainer(engine.store, record.id) === undefined) lock.discard();
    }
    throw error;
  }
}
