import type { ContainerRecord } from "../state/container.ts";
import { findContainer } from "../state/containers.ts";
import type { Engine } from "./engine.ts";
import { finishContainer, sweepHalfStarted } from "./finish.ts";
import { type AttachRequest, type Launched, launch } from "./launch.ts";
import { lockContainer } from "./locks.ts";
import { isRunning, observe } from "./status.ts";

/**
 * Starts a created or ended container. Idempotent: a running one stays as it is (and is not attached to: undefined). State reached:
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
  if (isRunning(observe(engine, record))) return { record, attachment: undefined, monitor: undefined, warnings: [] };
  await finishContainer(engine, record);
  await sweepHalfStarted(engine, record);
  return { record, ...(await launch(engine, record, attach)) };
}
