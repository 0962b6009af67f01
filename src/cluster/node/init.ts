import { networkInterfaces } from "node:os";
import type { Engine } from "../../engine/engine.ts";
import { EstibaError } from "../../lib/error.ts";
import { newId } from "../manager/ids.ts";
import { ensureVaultKey } from "../trust/vault.ts";
import { type ManagerIdentity, requireNoCluster, type StorePlace, writeIdentity } from "./identity.ts";
import { removeState } from "./install-state.ts";
import { vaultKeyPath } from "./paths.ts";
import { requireRoot } from "./require-root.ts";
import { reviveNode } from "./revive.ts";
import { readPlace, requireAnswer } from "./store-place.ts";

type Founding = {
  readonly address: string | undefined;
  readonly store: StorePlace;
  /** Where to listen for other nodes from the beginning. */
  readonly listen: string | undefined;
};

/** Makes this node the first of a new cluster, and starts its process. Throws `wrong_state` when it is in one, `unavailable` when the etcd does not answer. */
export async function initCluster(engine: Engine, { address, store, listen }: Founding): Promise<ManagerIdentity> {
  requireRoot();
  requireNoCluster(engine);
  const identity: ManagerIdentity = {
    nodeId: newId(),
    clusterId: newId(),
    role: "manager",
    address: address ?? ownAddress(),
    store,
    isFounder: true,
    ...(listen === undefined ? {} : { listen }),
  };
  if (store.kind === "etcd") await requireAnswer(readPlace(store), identity.clusterId);
  writeIdentity(engine, identity, () => {
    // What a command that was killed has left.
    removeState(engine);
    ensureVaultKey(vaultKeyPath(engine));
  });
  await reviveNode(engine);
  return identity;
}

/** The only address that others could reach this machine at; loopback where it has none. Throws `invalid` for several, as Swarm does. */
export function ownAddress(): string {
  const addresses = Object.entries(networkInterfaces())
    // Bridges and ends of cables of containers are not the way to other machines.
    .filter(([name]) => !/^(?:lo|docker|podman|cni|veth|br-|estiba|virbr)/.test(name))
    .flatMap(([name, found = []]) =>
      found.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => ({ name, address })),
    );
  const [only, second] = addresses;
  if (only === undefined) return "127.0.0.1";
  if (second === undefined) return only.address;
  throw new EstibaError("invalid", {
    reason: "cluster.many_addresses",
    what: `could not choose an IP address to advertise since this system has multiple addresses (${addresses.map(({ name, address }) => `${address} on ${name}`).join(", ")})`,
    fix: `specify one: --advertise-addr ${only.address}`,
  });
}
