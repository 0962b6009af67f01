import type { Engine } from "../../../engine/engine.ts";
import { usersOf } from "../../../engine/network/users.ts";
import { findLink } from "../../../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../../../host/netlink/socket.ts";
import { EstibaError } from "../../../lib/error.ts";
import { overlaps, parseCidr } from "../../../network/address.ts";
import { asSeenBy } from "../../../network/bridge-networks.ts";
import { usedRanges } from "../../../network/default-network.ts";
import { OVERLAY_MTU } from "../../../network/overlay/names.ts";
import { networkRoot } from "../../../network/root-id.ts";
import { removeNetwork } from "../../../network/teardown.ts";
import { transaction } from "../../../state/database.ts";
import { listLeases } from "../../../state/leases.ts";
import {
  deleteNetwork,
  findNetwork,
  insertNetwork,
  listNetworks,
  type NetworkRecord,
  replaceNetwork,
} from "../../../state/networks.ts";
import { type ClusterNetwork, INGRESS } from "../../model/network.ts";
import { address6 } from "../../network/ranges.ts";

/** A network of the cluster as this node is to have it. */
export type NodeNetwork = { readonly network: ClusterNetwork; readonly gateway: string };

/**
 * Writes down this node's part of the cluster's networks, and forgets those that it has none of any more. Gives those that it has. One whose
 * name a network of this machine's own has, or whose subnet this machine reaches elsewhere, is left out: its tasks are told so. What was
 * introduced stays until the moment that goes with it.
 */
export function settleRecords(
  engine: Engine,
  wanted: readonly NodeNetwork[],
  introduced: ReadonlyMap<string, number> = new Map(),
): NetworkRecord[] {
  const root = networkRoot(engine.paths.runRoot);
  const records = wanted.flatMap((each) => settleRecord(engine, each) ?? []);
  const kept = new Set(records.map(({ id }) => id));
  for (const record of clusterRecords(engine)) {
    const isAwaited = (introduced.get(record.cluster?.id ?? "") ?? 0) > Date.now();
    if (!kept.has(record.id) && !isAwaited) forget(engine, record);
  }
  return records.map((record) => asSeenBy(root, record));
}

/** Writes down a network of which this node has no address yet; its name. */
export function introduceRecord(engine: Engine, network: ClusterNetwork): string {
  const record = recordOf(network, "");
  const known = findNetwork(engine.store, network.name);
  if (known === undefined && reachesAny(network)) throw takenSubnet(network.name, network.subnet);
  return (known ?? transaction(engine.store, () => insertNetwork(engine.store, record))).name;
}

/** The error for a network whose subnet this machine reaches elsewhere. */
export function takenSubnet(name: string, subnet: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.subnet_in_use",
    what: `the subnet of the network ${name}, with ${subnet} in it, is one that this node reaches elsewhere (ip route)`,
    fix: "make the network with another one: estiba network create --driver overlay --subnet",
  });
}

/** This node's parts of the cluster's networks, as they are written down. */
function clusterRecords(engine: Engine): NetworkRecord[] {
  return listNetworks(engine.store).filter(({ cluster }) => cluster !== undefined);
}

function settleRecord(engine: Engine, { network, gateway }: NodeNetwork): NetworkRecord | undefined {
  const record = recordOf(network, gateway);
  const known = findNetwork(engine.store, network.name);
  // A bridge would take the way to who is there already.
  if (known === undefined && reachesAny(network)) return undefined;
  if (known === undefined) return transaction(engine.store, () => insertNetwork(engine.store, record));
  if (known.cluster === undefined) return undefined;
  if (JSON.stringify(definitionOf(known)) === JSON.stringify(definitionOf(record))) return known;
  // Another address of the node's own, or another network of that name: the bridge is made anew.
  removeNetwork(networkRoot(engine.paths.runRoot), known, engine);
  return transaction(engine.store, () => {
    if (known.id === record.id) replaceNetwork(engine.store, record);
    else {
      deleteNetwork(engine.store, known.id);
      insertNetwork(engine.store, record);
    }
    return record;
  });
}

/** Whether this machine reaches, or is, somebody in a subnet. */
export function reachesAlready(subnet: string): boolean {
  const range = parseCidr(subnet);
  return range !== undefined && usedRanges().some((other) => overlaps(other, range));
}

function reachesAny({ subnet, subnet6 }: ClusterNetwork): boolean {
  return reachesAlready(subnet) || (subnet6 !== undefined && reachesAlready(subnet6));
}

function definitionOf({ id, subnets, options, internal, cluster, labels }: NetworkRecord): unknown {
  return [id, subnets, options, internal, cluster, labels];
}

function recordOf(
  { id, name, subnet, subnet6, vni, internal, labels, createdAt, attachable }: ClusterNetwork,
  gateway: string,
): NetworkRecord {
  return {
    // In the form of networks of this machine.
    id: new Bun.CryptoHasher("sha256").update(`network of the cluster ${id}`).digest("hex"),
    name,
    driver: "bridge",
    bridgeName: "",
    subnets: [
      { family: 4, cidr: subnet, gateway },
      ...(subnet6 === undefined
        ? []
        : [{ family: 6, cidr: subnet6, gateway: address6({ subnet, subnet6 }, gateway) ?? "" } as const]),
    ],
    // By that of published ports things come in, and never go out by themselves.
    options: { mtu: String(OVERLAY_MTU), ...(name === INGRESS ? { no_default_route: "true" } : {}) },
    createdAt,
    labels,
    internal,
    dns: name !== INGRESS,
    cluster: { id, vni, ...(attachable === true ? { attachable } : {}) },
  };
}

// Ended containers name it as long as they are kept.
function forget(engine: Engine, record: NetworkRecord): void {
  const root = networkRoot(engine.paths.runRoot);
  if (listLeases(engine.live).some(({ networkId }) => networkId === record.id)) return;
  // Somebody may be about to name it.
  const isUsed = transaction(engine.store, () => {
    if (usersOf(engine, record.name).length > 0) return true;
    deleteNetwork(engine.store, record.id);
    return false;
  });
  if (isUsed && !hasBridge(asSeenBy(root, record))) return;
  removeNetwork(root, record, engine);
}

function hasBridge({ bridgeName }: NetworkRecord): boolean {
  using route = new NetlinkSocket(NETLINK.ROUTE);
  return findLink(route, bridgeName) !== undefined;
}
