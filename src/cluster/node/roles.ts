import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { certify } from "../manager/certify.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import { managersAt } from "../manager/dispatch.ts";
import type { Manager } from "../manager/manager.ts";
import type { Promoted } from "../remote/wire.ts";
import { makeRequest } from "../trust/authority.ts";
import { writeCredentials } from "./credentials.ts";
import { type WorkerIdentity, writeIdentity } from "./identity.ts";
import { type KeyRing, writeVaultKey } from "./key-ring.ts";
import { vaultKeyPath } from "./paths.ts";
import { keepPlace, requireState } from "./store-place.ts";

/** Where a manager listens that was not told another place. */
export const USUAL_LISTEN = "0.0.0.0:2377";

/** Resolves with true as soon as the cluster says that this manager is a worker, with false at the signal. One that leaves is not meant. */
export async function isDemoted({ replica, nodeId }: Manager, signal: AbortSignal): Promise<boolean> {
  const isWorker = (): boolean => {
    const node = replica.nodes.get(nodeId);
    return node?.role === "worker" && node.state === "ready";
  };
  while (!isWorker() && !signal.aborted) await replica.reached(replica.revision() + 1, signal);
  return !signal.aborted;
}

/** Makes this manager a worker, which finds the managers that are left. It forgets how the state is reached and read. */
export async function becomeWorker(engine: Engine, manager: Manager): Promise<void> {
  const { nodeId, replica } = manager;
  const { id } = requireCluster(manager);
  const { request, key } = await makeRequest();
  const certified = await certify(manager, request, { nodeId, role: "worker" });
  const worker: WorkerIdentity = { nodeId, clusterId: id, role: "worker", managers: managersAt(replica) };
  writeIdentity(engine, worker, () => writeCredentials(engine, { ...certified, key }));
  for (const name of ["etcd-ca.pem", "etcd-cert.pem", "etcd-key.pem"])
    rmSync(join(engine.paths.cluster, name), { force: true });
  rmSync(vaultKeyPath(engine), { force: true });
}

/** Makes this worker a manager. Throws `unavailable` and `not_found` when it does not reach the state. */
export async function becomeManager(
  engine: Engine,
  { nodeId, clusterId }: WorkerIdentity,
  { address, shared, ring }: Promoted & { readonly ring: KeyRing },
): Promise<void> {
  await requireState(shared.store, clusterId);
  const place = keepPlace(engine, shared.store);
  writeVaultKey(engine, Buffer.from(shared.vaultKey, "base64"), shared.unlockKey);
  if (shared.unlockKey !== undefined) ring.unlock(shared.unlockKey);
  writeIdentity(engine, { nodeId, clusterId, role: "manager", address, store: place, listen: USUAL_LISTEN });
}
