import { listDamaged } from "../state/container-row.ts";
import { deleteContainer, deleteState, getState } from "../state/containers.ts";
import { transaction } from "../state/database.ts";
import { removeSnapshot } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";
import { freeRunning, removeRunFiles } from "./finish.ts";
import { endLeftovers } from "./leftovers.ts";
import { lockContainer } from "./locks.ts";
import { cgroupParent } from "./runtime-places.ts";

/**
 * Removes a container whose record cannot be read, with all that its id leads to: processes, addresses, files. Its anonymous volumes stay,
 * since nobody knows which they are. False when there is none of that name or id.
 */
export async function forgetDamaged(engine: Engine, nameOrId: string): Promise<boolean> {
  const found = listDamaged(engine.store).find(({ id, name }) => name === nameOrId || id.startsWith(nameOrId));
  if (found === undefined) return false;
  const { id } = found;
  using lock = await lockContainer(engine, id);
  const cgroup = `${cgroupParent(engine)}/${id}`;
  await endLeftovers(engine, id, cgroup);
  const state = getState(engine.live, id) ?? { status: "starting" };
  await freeRunning(engine, { id, network: "bridge", cgroup, state }, () => {
    transaction(engine.store, () => deleteContainer(engine.store, id));
    deleteState(engine.live, id);
  });
  removeSnapshot(engine.paths.root, id);
  await removeRunFiles(engine, id);
  lock.discard();
  return true;
}
