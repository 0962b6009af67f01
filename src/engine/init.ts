import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { findContainer, putState } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import type { Engine } from "./engine.ts";
import { makeContainer } from "./launch.ts";
import { lockRecord } from "./locks.ts";
import { dependencies, endEarlier } from "./start.ts";
import { observe } from "./status.ts";

/**
 * Makes all that a created or ended container needs to run (mounts, network, cgroup, its first process), up to its command, which waits for
 * `start`. State reached: initialized. Throws `wrong_state` for one that is initialized or runs, and what the making throws.
 */
export async function initContainer(
  engine: Engine,
  nameOrId: string,
): Promise<{ record: ContainerRecord; warnings: readonly string[] }> {
  const found = findContainer(engine.store, nameOrId);
  const earlier = await dependencies(engine, found);
  using held = await lockRecord(engine, found, nameOrId);
  const { record } = held;
  const { status } = observe(engine, record);
  if (!allows("init", status)) throw alreadyMade(record, status);
  await endEarlier(engine, held);
  await using made = await makeContainer(engine, record, false);
  putState(engine.live, record.id, { ...made.state, status: "initialized" });
  await made.moved;
  made.keep();
  return { record, warnings: [...earlier, ...made.warnings] };
}

function alreadyMade({ id, name }: ContainerRecord, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.initialized",
    what: `container ${id} has already been created in runtime: it is ${status}: container state improper`,
    ...(status === "initialized" ? { fix: `start it: estiba start ${name}` } : {}),
  });
}
