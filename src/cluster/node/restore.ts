import type { Engine } from "../../engine/engine.ts";
import { newId } from "../manager/ids.ts";
import { readBackup } from "./backup-file.ts";
import { describeNode } from "./describe.ts";
import { type ManagerIdentity, requireNoCluster, type StorePlace } from "./identity.ts";
import { ownAddress } from "./init.ts";
import { installState } from "./install-state.ts";
import { writeVaultKey } from "./key-ring.ts";
import { reviveNode } from "./revive.ts";
import { FLEETING, withOnlyManager } from "./take-over.ts";

type Restoring = {
  readonly file: string;
  readonly address: string | undefined;
  readonly listen: string | undefined;
  readonly store: StorePlace;
  readonly version: string;
};

/**
 * Makes this machine the only manager of the cluster that a backup is of: services and secrets are as they were, workers come back to it
 * where they find a manager at an address that they know. Throws `wrong_state` when this machine is part of a cluster, and what is wrong
 * with the file.
 */
export async function restoreCluster(engine: Engine, restoring: Restoring): Promise<ManagerIdentity> {
  requireNoCluster(engine);
  const { file, address = ownAddress(), listen, store, version } = restoring;
  const { clusterId, vaultKey, items } = readBackup(file);
  const now = Date.now();
  const nodeId = newId();
  const own = {
    id: nodeId,
    createdAt: now,
    updatedAt: now,
    role: "manager",
    availability: "active",
    labels: {},
    description: describeNode(address, version),
    state: "ready",
  } as const;
  const lasting = items.filter(({ key }) => !FLEETING.some((prefix) => key.startsWith(prefix)));
  const identity: ManagerIdentity = {
    nodeId,
    clusterId,
    role: "manager",
    address,
    store,
    ...(listen === undefined ? {} : { listen }),
  };
  // Where managers are locked, its process sees to that.
  writeVaultKey(engine, Buffer.from(vaultKey, "base64"), undefined);
  await installState(engine, identity, withOnlyManager(lasting, own));
  await reviveNode(engine);
  return identity;
}
