import { isAlive } from "../../host/process.ts";
import { DEFAULT_NETWORK } from "../../network/bridge-networks.ts";
import { detachFrom } from "../../network/detach.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import { connectEndpoint, hasOthers, removeChild, removeEndpoint, setDefaultRoutes } from "../../network/endpoint.ts";
import { ensureTable, publish } from "../../network/firewall.ts";
import { allocateLease } from "../../network/lease.ts";
import { type Netns, openNetns } from "../../network/netns.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { ContainerRecord, ContainerState, EndpointState } from "../../state/container.ts";
import { getContainer, getState, putState } from "../../state/containers.ts";
import { listLeases, listPublishedPorts } from "../../state/leases.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import type { Engine } from "../engine.ts";
import { writeNames } from "../names/files.ts";
import { attachmentsOf } from "./attachments.ts";
import { isGuest } from "./is-guest.ts";
import { rewriteFiles } from "./names-files.ts";
import { aliasOfBridge, endpointState, endpointsOut, networkOf, planEndpoints } from "./plan.ts";

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
  const unnamed = state.address === undefined ? [] : [DEFAULT_NETWORK];
  const present = state.endpoints?.map(({ network }) => network) ?? unnamed;
  const wanted = new Set(attachmentsOf(record).map(({ network }) => network));
  return present.length === wanted.size && present.every((network) => wanted.has(network));
}

/**
 * Gives a container that has processes the endpoints of its definition: those that are too many go, then those that are missing come. The
 * state is written after each, so that whoever is interrupted can be followed by another call. The caller holds the container's lock.
 */
export function settleEndpoints(engine: Engine, record: ContainerRecord, state: ContainerState): void {
  using netns = openNetns(`/proc/${state.init?.pid ?? 0}/ns/net`);
  const { address: _, ...bare } = state;
  let settled: ContainerState = { ...bare, endpoints: endpointsOf(engine, state) };
  const wanted = attachmentsOf(record);
  for (const endpoint of endpointsOf(engine, state)) {
    if (wanted.some(({ network }) => network === endpoint.network)) continue;
    detach(engine, record.id, { netns, endpoint });
    settled = { ...settled, endpoints: (settled.endpoints ?? []).filter((other) => other !== endpoint) };
    putState(engine.live, record.id, settled);
  }
  for (const attachment of wanted) {
    if ((settled.endpoints ?? []).some(({ network }) => network === attachment.network)) continue;
    const made = attach(engine, record.id, { netns, attachment, present: settled.endpoints ?? [] });
    settled = { ...settled, endpoints: [...(settled.endpoints ?? []), made] };
    putState(engine.live, record.id, settled);
  }
  setWayOut(engine, record, { netns, state: settled });
  writeNames(engine, record, settled.endpoints ?? []);
  rewriteFiles(engine, record, { before: endpointsOf(engine, state), after: settled.endpoints ?? [] });
}

/** Brings a change of a container's networks that was cut off to its end. The caller holds the container's lock. */
export async function finishNetworks(engine: Engine, id: string): Promise<void> {
  const record = getContainer(engine.store, id);
  const state = getState(engine.live, id);
  if (record === undefined || state === undefined || !isAlive(state.init) || isSettled(record, state)) return;
  await takeMissingLeases(engine, record, attachmentsOf(record));
  settleEndpoints(engine, record, state);
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
  const { network, networkId, interfaceName } = endpoint;
  removeEndpoint(id, network);
  // Of one that is no bridge's nothing is on the host; a bridge's is gone from in here, too.
  removeChild(netns, interfaceName);
  detachFrom(networkRoot(engine.paths.runRoot), engine.live, { containerId: id, networkId });
}

type Attaching = {
  readonly netns: Netns;
  readonly attachment: ReturnType<typeof attachmentsOf>[number];
  readonly present: readonly EndpointState[];
};

function attach(engine: Engine, id: string, { netns, attachment, present }: Attaching): EndpointState {
  const taken = present.map(({ interfaceName }) => interfaceName);
  // What an interrupted attempt has made: only we know of it. With hundreds of containers it is not looked for without need.
  if (hasOthers(netns, taken)) removeEndpoint(id, attachment.network);
  const [planned] = planEndpoints(engine, [attachment], taken);
  if (planned === undefined) throw new TypeError("one attachment gives one endpoint");
  const { network, interfaceName } = planned;
  if (network.driver !== "bridge") removeChild(netns, interfaceName);
  const lease = allocateLease(engine.live, network, id, attachment);
  try {
    connectEndpoint(netns, network, lease, {
      containerId: id,
      interfaceName,
      position: "next",
      withRoutes: false,
      sysctls: attachment.sysctls ?? [],
      ...aliasOfBridge(engine, network),
    });
    const bridges = ownsBridge(network) ? [network.bridgeName] : [];
    if (bridges.length > 0) ensureTable(networkRoot(engine.paths.runRoot), engine.store, engine.live, bridges);
  } catch (error) {
    detach(engine, id, { netns, endpoint: endpointState(planned, lease) });
    throw error;
  }
  return endpointState(planned, lease);
}

type Leading = { readonly netns: Netns; readonly state: ContainerState };

// The network that is to lead out may be another one now; ports follow when the one that had them is gone.
function setWayOut(engine: Engine, record: ContainerRecord, { netns, state }: Leading): void {
  const { outward, published } = endpointsOut(engine, record, state.endpoints ?? []);
  if (outward !== undefined) setDefaultRoutes(netns, networkOf(engine, outward.network), outward.interfaceName);
  if (published === undefined) return;
  const { id } = record;
  const lease = listLeases(engine.live, id).find(({ networkId }) => networkId === published.networkId);
  if (lease === undefined || state.ports === undefined || listPublishedPorts(engine.live, id).length > 0) return;
  publish(networkRoot(engine.paths.runRoot), engine.live, lease, state.ports);
}
