import { asSeenBy, bridgeAlias, DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { ensureDefaultNetwork } from "../../network/default-network.ts";
import { bridgeOptions } from "../../network/driver-options.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { EndpointState } from "../../state/container.ts";
import type { Lease } from "../../state/leases.ts";
import { getNetwork, type NetworkRecord } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { addressState } from "../own-network.ts";

/** An endpoint as it is to be. */
export type PlannedEndpoint = {
  readonly attachment: NetworkAttachment;
  readonly network: NetworkRecord;
  readonly interfaceName: string;
};

/** The network of an attachment, as this root sees it. Throws `not_found`. */
export function networkOf(engine: Engine, name: string): NetworkRecord {
  const root = networkRoot(engine.paths.runRoot);
  return name === DEFAULT_NETWORK
    ? ensureDefaultNetwork(engine.store, root)
    : asSeenBy(root, getNetwork(engine.store, name));
}

/** The endpoints of a container, with the names of their interfaces; `taken` are names that it has already. */
export function planEndpoints(
  engine: Engine,
  attachments: readonly NetworkAttachment[],
  taken: readonly string[] = [],
): PlannedEndpoint[] {
  const names = new Set([...taken, ...attachments.flatMap(({ interfaceName }) => interfaceName ?? [])]);
  return attachments.map((attachment) => {
    const network = networkOf(engine, attachment.network);
    const { interfacePrefix } = bridgeOptions(network);
    let number = 0;
    while (names.has(`${interfacePrefix}${number}`)) number += 1;
    const interfaceName = attachment.interfaceName ?? `${interfacePrefix}${number}`;
    names.add(interfaceName);
    return { attachment, network, interfaceName };
  });
}

/** Whether the network can be a container's way out, and ports can be published towards it. */
export function leadsOut(network: NetworkRecord): boolean {
  return network.internal !== true && bridgeOptions(network).defaultRoute;
}

/** What is written down of an endpoint. */
export function endpointState({ network, interfaceName }: PlannedEndpoint, lease: Lease): EndpointState {
  return { ...addressState(network, lease), network: network.name, networkId: network.id, interfaceName };
}

/** The alias of the network's bridge: none for the default one, whose name says whose it is. */
export function aliasOfBridge(engine: Engine, network: NetworkRecord): { bridgeAlias?: string } {
  return network.name === DEFAULT_NETWORK ? {} : { bridgeAlias: bridgeAlias(networkRoot(engine.paths.runRoot)) };
}
