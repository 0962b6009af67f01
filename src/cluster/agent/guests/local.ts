import type { Engine } from "../../../engine/engine.ts";
import { ownNames } from "../../../engine/names/own-names.ts";
import { attachmentsOf } from "../../../engine/network/attachments.ts";
import { isAlive } from "../../../host/process.ts";
import type { ProcessId } from "../../../state/container.ts";
import { getContainer, getState } from "../../../state/containers.ts";
import { listLeases } from "../../../state/leases.ts";
import { listNetworks } from "../../../state/networks.ts";
import type { Guest } from "../../model/network.ts";

/** Who has asked for a guest's address, and when, by this process's own clock. */
export type Asker = { readonly process: ProcessId; readonly at: number };

/** A container with an address on a network of the cluster, that is no task. */
export type LocalGuest = Pick<Guest, "networkId" | "containerId" | "names"> & {
  /** Its name here. */
  readonly network: string;
  readonly ip: string;
  readonly mac: string;
};

/** From an answer to its use. */
const GRACE_MS = 30_000;

/** Those of this machine, by the leases that they have. */
export function localGuests(engine: Engine): LocalGuest[] {
  const networks = new Map(listNetworks(engine.store).map((network) => [network.id, network]));
  return listLeases(engine.live).flatMap(({ networkId, containerId, ipv4, mac }) => {
    const network = networks.get(networkId);
    const record = network?.cluster === undefined ? undefined : getContainer(engine.store, containerId);
    if (network?.cluster === undefined || record === undefined) return [];
    const attachment = attachmentsOf(record).find((each) => each.network === network.name);
    if (attachment === undefined || attachment.ofTask === true || ipv4 === undefined) return [];
    const names = ownNames(record, attachment);
    return [{ networkId: network.cluster.id, containerId, network: network.name, names, ip: ipv4, mac }];
  });
}

/** Whether a container runs. */
export function hasBegun({ live }: Engine, containerId: string): boolean {
  return isAlive(getState(live, containerId)?.init);
}

/**
 * Whether a guest still needs its address: it runs and has it, or somebody is about to start it. `asker` is undefined where this process has
 * not heard of any, which began `ageMs` ago.
 */
export function isHeld(
  engine: Engine,
  { containerId, hasLease }: { readonly containerId: string; readonly hasLease: boolean },
  { asker, ageMs }: { readonly asker: Asker | undefined; readonly ageMs: number },
): boolean {
  const isAsked = asker === undefined ? ageMs < GRACE_MS : isAlive(asker.process);
  if (hasBegun(engine, containerId))
    return hasLease || (isAsked && asker !== undefined && performance.now() - asker.at < GRACE_MS);
  return isAsked && getState(engine.live, containerId)?.status === "starting";
}
