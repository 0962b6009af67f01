import { isAlive } from "../../host/process.ts";
import { aliasOfBridge, DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { detachFrom } from "../../network/detach.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import { connectEndpoint, removeChild, removeEndpoint, setDefaultRoute } from "../../network/endpoint.ts";
import { ensureTable, publish } from "../../network/firewall.ts";
import { allocateLease } from "../../network/lease.ts";
import { type Netns, openNetns } from "../../network/netns.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord, ContainerState, EndpointState, NetworkChange } from "../../state/container.ts";
import { getContainer, getState, putState } from "../../state/containers.ts";
import { transaction } from "../../state/database.ts";
import { listLeases, listPublishedPorts } from "../../state/leases.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { writeNames } from "../names/files.ts";
import { attachmentsOf } from "./attachments.ts";
import { isGuest } from "./is-guest.ts";
import { rewriteFiles } from "./names-files.ts";
import { endpointState, endpointsOut, networkOf, planEndpoints } from "./plan.ts";

/** The endpoints that a container has, also where it was started without naming a network. */
export function endpointsOf(engine: Engine, state: ContainerState): readonly EndpointState[] {
  const { address, endpoints } = state;
  if (endpoints !== undefined || address === undefined) return endpoints ?? [];
  const { name, id } = networkOf(engine, DEFAULT_NETWORK);
  return [{ ...address, network: name, networkId: id, interfaceName: "eth0" }];
}

/** Whether the endpoints of a container that has processes are those of its definition. */
export function isSettled(record: ContainerRecord, state: ContainerState): boolean {
  if (record.spec.network !== "bridge" || record.spec.networks === undefined) return true;
  return state.settling === undefined && changesOf(record, networksOf(state)).length === 0;
}

function networksOf({ address, endpoints }: ContainerState): string[] {
  const unnamed = address === undefined ? [] : [DEFAULT_NETWORK];
  return endpoints?.map(({ network }) => network) ?? unnamed;
}

/** The networks that a container on others has to come to or to leave. */
function changesOf(record: ContainerRecord, present: readonly string[]): string[] {
  return [...new Set(present).symmetricDifference(new Set(attachmentsOf(record).map(({ network }) => network)))];
}

/**
 * Gives a container that has processes the endpoints of its definition: those that are too many go, then those that are missing come. The
 * state says what is under way, so that whoever is interrupted can be followed by another call. The caller holds the container's lock.
 */
export function settleEndpoints(engine: Engine, record: ContainerRecord, state: ContainerState): void {
  using netns = openNetns(`/proc/${state.init?.pid ?? 0}/ns/net`);
  const { address: _, settling, ...bare } = state;
  const before = settling?.before ?? endpointsOf(engine, state);
  let endpoints = endpointsOf(engine, state);
  const note = (change: NetworkChange | undefined): void =>
    putState(engine.live, record.id, { ...bare, endpoints, ...(change === undefined ? {} : { settling: change }) });
  const wanted = attachmentsOf(record);
  const isWanted = ({ network }: EndpointState): boolean => wanted.some((attachment) => attachment.network === network);
  note({ before, ...settling });
  const half = settling?.attaching;
  // The cluster may have given its lease anew.
  if (half !== undefined && isWanted(half)) removeInterface(record.id, { netns, endpoint: half });
  for (const endpoint of [...(half === undefined ? [] : [half]), ...endpoints]) {
    if (isWanted(endpoint)) continue;
    detach(engine, record.id, { netns, endpoint });
    endpoints = endpoints.filter((other) => other !== endpoint);
    note({ before });
  }
  for (const attachment of wanted) {
    if (endpoints.some(({ network }) => network === attachment.network)) continue;
    const attaching = (endpoint: EndpointState): void => note({ before, attaching: endpoint });
    endpoints = [...endpoints, attach(engine, record.id, { netns, attachment, present: endpoints, attaching })];
    note({ before });
  }
  setWayOut(engine, record, { netns, endpoints, ports: state.ports });
  writeNames(engine, record, endpoints);
  rewriteFiles(engine, record, { before, after: endpoints });
  note(undefined);
}

/**
 * Brings a change of a container's networks that was cut off to its end; gives the networks that it has come to or left by that. The caller
 * holds the container's lock.
 */
export async function finishNetworks(engine: Engine, id: string): Promise<readonly string[]> {
  const record = getContainer(engine.store, id);
  const state = getState(engine.live, id);
  if (record === undefined || state === undefined || !isAlive(state.init) || isSettled(record, state)) return [];
  await takeMissingLeases(engine, record, attachmentsOf(record));
  settleEndpoints(engine, record, state);
  return changesOf(record, state.settling?.before.map(({ network }) => network) ?? networksOf(state));
}

/** Has the cluster give what it has to for networks that a container is to be attached to. The caller holds the container's lock. */
export async function takeMissingLeases(
  engine: Engine,
  record: ContainerRecord,
  attachments: readonly NetworkAttachment[],
): Promise<void> {
  const planned = attachments.map((attachment) => ({ attachment, network: networkOf(engine, attachment.network) }));
  if (planned.some(isGuest)) await (await import("./guest.ts")).takeGuestLeases(engine, record, planned);
}

type Detaching = { readonly netns: Netns; readonly endpoint: EndpointState };

function detach(engine: Engine, id: string, { netns, endpoint }: Detaching): void {
  removeInterface(id, { netns, endpoint });
  const { networkId } = endpoint;
  detachFrom(networkRoot(engine.paths.runRoot), engine.live, { containerId: id, networkId });
}

function removeInterface(id: string, { netns, endpoint }: Detaching): void {
  removeEndpoint(id, endpoint.network);
  // Of one that is no bridge's nothing is on the host; a bridge's is gone from in here, too.
  removeChild(netns, endpoint.interfaceName);
}

type Attaching = {
  readonly netns: Netns;
  readonly attachment: ReturnType<typeof attachmentsOf>[number];
  readonly present: readonly EndpointState[];
  /** Writes down what is about to be made. */
  readonly attaching: (endpoint: EndpointState) => void;
};

function attach(engine: Engine, id: string, { netns, attachment, present, attaching }: Attaching): EndpointState {
  const taken = present.map(({ interfaceName }) => interfaceName);
  const [planned] = planEndpoints(engine, [attachment], taken);
  if (planned === undefined) throw new TypeError("one attachment gives one endpoint");
  const { network, interfaceName } = planned;
  const { lease, endpoint } = transaction(engine.live, () => {
    const lease = allocateLease(engine.live, network, id, attachment);
    const endpoint = endpointState(planned, lease);
    attaching(endpoint);
    return { lease, endpoint };
  });
  try {
    connectEndpoint(netns, network, lease, {
      containerId: id,
      interfaceName,
      position: "next",
      leadsOut: [],
      sysctls: attachment.sysctls ?? [],
      bridgeAlias: aliasOfBridge(networkRoot(engine.paths.runRoot), network),
    });
    const bridges = ownsBridge(network) ? [network.bridgeName] : [];
    if (bridges.length > 0) ensureTable(networkRoot(engine.paths.runRoot), engine.store, engine.live, bridges);
  } catch (error) {
    detach(engine, id, { netns, endpoint });
    throw error;
  }
  return endpoint;
}

type Leading = {
  readonly netns: Netns;
  readonly endpoints: readonly EndpointState[];
  readonly ports: ContainerState["ports"];
};

// The network that is to lead out may be another one now; ports follow when the one that had them is gone.
function setWayOut(engine: Engine, record: ContainerRecord, { netns, endpoints, ports }: Leading): void {
  const { outward, published } = endpointsOut(engine, record, endpoints);
  for (const family of [4, 6] as const) {
    const { network, interfaceName } = outward[family] ?? {};
    if (network !== undefined && interfaceName !== undefined)
      setDefaultRoute(netns, networkOf(engine, network), interfaceName, family);
  }
  if (ports === undefined) return;
  const { id } = record;
  const leases = listLeases(engine.live, id);
  const leaseOn = (endpoint: EndpointState | undefined) =>
    leases.find(({ networkId }) => networkId === endpoint?.networkId);
  const there = listPublishedPorts(engine.live, id).map(({ targetIp }) => targetIp.includes(":"));
  // What is published stays where it is.
  publish(
    networkRoot(engine.paths.runRoot),
    engine.live,
    {
      containerId: id,
      ipv4: there.includes(false) ? undefined : leaseOn(published[4])?.ipv4,
      ipv6: there.includes(true) ? undefined : leaseOn(published[6])?.ipv6,
    },
    ports,
  );
}
