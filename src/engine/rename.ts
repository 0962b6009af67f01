import type { ContainerRecord } from "../state/container.ts";
import { getState, renameContainerRow } from "../state/containers.ts";
import { transaction } from "../state/database.ts";
import { checkName } from "./define.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { lockFound } from "./locks.ts";
import { addMemberName, removeMemberName } from "./pod/member-name.ts";
import { hasProcess, observe } from "./status.ts";

/**
 * Gives a container another name, whatever its state; one that runs goes on, and its own files know it by the old name until its next start.
 * Throws `not_found`, `conflict` for a name in use, `invalid` for what is no name.
 */
export async function renameContainer(engine: Engine, nameOrId: string, name: string): Promise<ContainerRecord> {
  checkName(name);
  using held = await lockFound(engine, nameOrId);
  const { record: old } = held;
  const { id } = old;
  if (old.name === name) return old;
  const record: ContainerRecord = { ...old, name };
  transaction(engine.store, () => renameContainerRow(engine.store, record));
  if (hasProcess(observe(engine, record))) {
    const { endpoints } = getState(engine.live, id) ?? {};
    if (endpoints !== undefined) (await import("./names/files.ts")).writeNames(engine, record, endpoints);
    removeMemberName(engine, old);
    addMemberName(engine, record);
  }
  emitContainerEvent(engine, record, "rename", { oldName: old.name });
  return record;
}
