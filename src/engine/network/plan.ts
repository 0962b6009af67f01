import { asSeenBy, DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { ensureDefaultNetwork } from "../../network/default-network.ts";
import { bridgeOptions, ownsBridge } from "../../network/driver-options.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import type { Lease } from "../../state/leases.ts";
import { findNetwork, getNetwork, type NetworkRecord } from "../../state/networks.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { addressState } from "../own-network.ts";
import { attachmentsOf } from "./attachments.ts";

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

/** Whether the network can be a container's way out. */
function leadsOut(network: NetworkRecord): boolean {
  return network.internal !== true && network.subnets.length > 0 && bridgeOptions(network).defaultRoute;
}

/** For IPv4 and for IPv6. */
export type ByFamily<E> = Readonly<Record<4 | 6, E | undefined>>;

/** Of a container's endpoints: the ways out, those that ports are published towards, and the one whose gateway is the host. */
type Ways<E> = { readonly outward: ByFamily<E>; readonly published: ByFamily<E>; readonly hostward: E | undefined };

/** Of endpoints with the attachment that each is made from. */
export function waysOut<E extends { readonly network: NetworkRecord; readonly attachment: NetworkAttachment }>(
  endpoints: readonly E[],
): Ways<E> {
  const priority = ({ attachment }: E): number => attachment.gatewayPriority ?? 0;
  const leading = endpoints.filter(({ network }) => leadsOut(network)).toSorted((a, b) => priority(b) - priority(a));
  // Who is on the host's own network needs no ports of the host's.
  const owned = leading.filter(({ network }) => ownsBridge(network));
  const hostward = owned[0] ?? endpoints.find(({ network }) => ownsBridge(network) && network.subnets.length > 0);
  return { outward: firstOfEach(leading), published: firstOfEach(owned), hostward };
}

function firstOfEach<E extends { readonly network: NetworkRecord }>(endpoints: readonly E[]): ByFamily<E> {
  const first = (wanted: 4 | 6): E | undefined =>
    endpoints.find(({ network }) => network.subnets.some(({ family }) => family === wanted));
  return { 4: first(4), 6: first(6) };
}

/** What is written down of an endpoint. */
export function endpointState({ network, interfaceName }: PlannedEndpoint, lease: Lease): EndpointState {
  return { ...addressState(network, lease), network: network.name, networkId: network.id, interfaceName };
}

/** {@link waysOut} of a container's endpoints as they are written down. */
export function endpointsOut(
  engine: Engine,
  record: ContainerRecord,
  endpoints: readonly EndpointState[],
): Ways<EndpointState> {
  const attachments = attachmentsOf(record);
  const found = endpoints.flatMap((endpoint) => {
    const network = findNetwork(engine.store, endpoint.network);
    const attachment = attachments.find((wanted) => wanted.network === endpoint.network);
    return network === undefined || attachment === undefined ? [] : [{ endpoint, network, attachment }];
  });
  const { outward, published, hostward } = waysOut(found);
  const written = ({ 4: four, 6: six }: ByFamily<(typeof found)[number]>): ByFamily<EndpointState> => ({
    4: four?.endpoint,
    6: six?.endpoint,
  });
  return { outward: written(outward), published: written(published), hostward: hostward?.endpoint };
}
