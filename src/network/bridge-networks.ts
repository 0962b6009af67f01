import type { Database } from "bun:sqlite";
import { listNetworks, type NetworkRecord } from "../state/networks.ts";
import { type Cidr, parseCidr } from "./address.ts";
import type { NetworkRoot } from "./root-id.ts";

/** The name of the network that `run` uses when none is named. */
export const DEFAULT_NETWORK = "bridge";

/** The record as this root sees it: the default network's bridge is named by the run root, and a store may be used with several. */
export function asSeenBy(root: NetworkRoot, network: NetworkRecord): NetworkRecord {
  return network.name === DEFAULT_NETWORK ? { ...network, bridgeName: root.bridgeName } : network;
}

/** The networks of the store that have a bridge. */
export function bridgeNetworks(store: Database, root: NetworkRoot): NetworkRecord[] {
  return listNetworks(store).map((network) => asSeenBy(root, network));
}

/** The subnets of the networks as ranges. */
export function rangesOf(networks: readonly NetworkRecord[]): Cidr[] {
  return networks.flatMap(({ subnets }) => subnets.flatMap(({ cidr }) => parseCidr(cidr) ?? []));
}
