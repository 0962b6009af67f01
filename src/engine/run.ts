import type { ContainerExit, ContainerRecord, ContainerSpec } from "../state/container.ts";
import { getContainer, getState } from "../state/containers.ts";
import { createContainer } from "./create.ts";
import type { Engine } from "./engine.ts";
import { type AttachRequest, type Launched, launch } from "./launch.ts";
import { lockContainer } from "./locks.ts";
import { removedMeanwhile } from "./removed-meanwhile.ts";
import { dependencies } from "./start.ts";

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
  { attach, pass }: RunRequest,
): Promise<RunningContainer> {
  const record = await createContainer(engine, spec);
  const earlier = await startBefore(engine, record);
  using lock = await lockContainer(engine, record.id);
  // A prune or `rm --all` may have been quicker: what is started without a record would belong to nobody.
  if (getContainer(engine.store, record.id) === undefined) {
    lock.discard();
    throw removedMeanwhile(record.name);
  }
  try {
    const launched = await launch(engine, record, attach, { pass });
    const warnings = [...earlier, ...launched.warnings];
    return {
      record,
      launched: { ...launched, warnings },
      // Loaded while the container runs.
      ended: async () => await (await import("./end-of-run.ts")).endOfRun(engine, record, launched.monitor),
    };
  } catch (error) {
    if (spec.autoRemove) {
      await (await import("./discard.ts")).discardContainer(engine, record);
      lock.discard();
    }
    throw error;
  }
}

async function startBefore(engine: Engine, record: ContainerRecord): Promise<readonly string[]> {
  try {
    return await dependencies(engine, record);
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
