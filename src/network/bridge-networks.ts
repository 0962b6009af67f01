import type { Database } from "bun:sqlite";
import { listNetworks, type NetworkRecord } from "../state/networks.ts";
import { type Cidr, parseCidr } from "./address.ts";
import { ownsBridge } from "./driver-options.ts";
import { BRIDGE_PREFIX, type NetworkRoot } from "./root-id.ts";

/** The name of the network that `run` uses when none is named. */
export const DEFAULT_NETWORK = "bridge";

/**
 * The record as this root sees it: bridges are named by the run root, because a store may be used with several. One that the user has
 * named keeps its name.
 */
export function asSeenBy(root: NetworkRoot, network: NetworkRecord): NetworkRecord {
  if (network.driver !== "bridge") return { ...network, bridgeName: network.options["parent"] ?? "" };
  if (network.name === DEFAULT_NETWORK) return { ...network, bridgeName: root.bridgeName };
  if (network.bridgeName !== "") return network;
  const digest = new Bun.CryptoHasher("sha256").update(`${root.id}\n${network.id}`).digest("hex");
  return { ...network, bridgeName: `${BRIDGE_PREFIX}${digest.slice(0, 9)}` };
}

/** Whether a bridge has its name from {@link asSeenBy}, and not from the user. */
export function isGeneratedName(bridgeName: string): boolean {
  return bridgeName.startsWith(BRIDGE_PREFIX) && /^[0-9a-f]{9}$/.test(bridgeName.slice(BRIDGE_PREFIX.length));
}

/** Stands on the bridges of user networks: whose they are when their network is forgotten. */
export function bridgeAlias(root: NetworkRoot): string {
  return `estiba network of ${root.runRoot}`.slice(0, 255);
}

/** {@link bridgeAlias}; undefined for the default network, whose bridge's name says whose it is. */
export function aliasOfBridge(root: NetworkRoot, { name }: NetworkRecord): string | undefined {
  return name === DEFAULT_NETWORK ? undefined : bridgeAlias(root);
}

/** The networks of the store that have a bridge of ours. */
export function bridgeNetworks(store: Database, root: NetworkRoot): NetworkRecord[] {
  return allNetworks(store, root).filter(ownsBridge);
}

/** Every network of the store, as this root sees it. */
export function allNetworks(store: Database, root: NetworkRoot): NetworkRecord[] {
  return listNetworks(store).map((network) => asSeenBy(root, network));
}

/** The subnets of the networks as ranges. */
export function rangesOf(networks: readonly NetworkRecord[]): Cidr[] {
  return networks.flatMap(({ subnets }) => subnets.flatMap(({ cidr }) => parseCidr(cidr) ?? []));
}
