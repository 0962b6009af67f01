import type { Replica } from "../manager/replica.ts";
import { type Address, type ClusterNetwork, type Guest, INGRESS, type Owner } from "../model/network.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isLive, type Task } from "../model/task.ts";
import { byName, hasDoors, isVirtual, namedNetworks, specOfTask, taskNetworks } from "./attached.ts";
import { hostsOf } from "./ranges.ts";

/** So long an address is left alone when it is nobody's any more: neighbours and names may still be remembered. */
const REST_MS = 60_000;

/** What is known when addresses are given. */
export type Scene = Pick<Replica, "networks" | "services" | "tasks" | "nodes" | "addresses" | "addressesOf" | "guests">;

export type Allotment = {
  /** Addresses that are given, or begin to rest. */
  readonly put: readonly Address[];
  /** Those that have rested. */
  readonly drop: readonly Address[];
};

type Claim = { readonly network: ClusterNetwork; readonly owner: Owner };

/**
 * Who is to have which address: every task one on each of its networks, every guest on its own, services with a virtual address one on each of
 * theirs, nodes one on each that they have tasks or guests on. Nobody's address changes, and none is given again before it has rested. Depends on what is known only.
 */
export function allot(scene: Scene, { now, mac }: { readonly now: number; readonly mac: () => string }): Allotment {
  if (scene.networks.size === 0 && scene.addresses.size === 0) return { put: [], drop: [] };
  const claims = new Map(claimsOf(scene).map((claim) => [keyOf(claim.network.id, claim.owner), claim]));
  const put: Address[] = [];
  const drop: Address[] = [];
  const all = [...scene.addresses.values()].flatMap((ofNetwork) => [...ofNetwork.values()]);
  for (const address of all.filter(({ freedAt }) => freedAt === undefined)) {
    const { networkId, owner } = address;
    if (!claims.delete(keyOf(networkId, owner)) && !isHeld(scene, owner)) put.push({ ...address, freedAt: now });
  }
  // Whose it was may have it again at once: all who remember it remember the right one.
  for (const { freedAt, ...address } of all) {
    if (freedAt === undefined) continue;
    const { networkId, owner } = address;
    if (claims.delete(keyOf(networkId, owner))) put.push(address);
    else if (now - freedAt >= REST_MS || !scene.networks.has(networkId)) drop.push(address);
  }
  const free = new Map<string, Iterator<string>>();
  for (const { network, owner } of claims.values()) {
    const next = free.get(network.id) ?? freeOf(scene, network);
    free.set(network.id, next);
    const { value: ip, done } = next.next();
    if (done === true) continue;
    put.push({ networkId: network.id, ip, owner, ...(isContainer(owner) ? { mac: mac() } : {}) });
  }
  return { put, drop };
}

function isContainer(owner: Owner): boolean {
  return owner.startsWith("task/") || owner.startsWith("container/");
}

function keyOf(networkId: string, owner: Owner): string {
  return `${networkId} ${owner}`;
}

/** The addresses of a network that nobody has, and that do not rest. */
export function* freeOf(
  { addresses }: Pick<Scene, "addresses">,
  { id, subnet }: Pick<ClusterNetwork, "id" | "subnet">,
): Generator<string> {
  const taken = addresses.get(id);
  for (const ip of hostsOf(subnet)) if (taken?.has(ip) !== true) yield ip;
}

// What a node that is not heard of has begun may run there still.
function isHeld({ tasks }: Scene, owner: Owner): boolean {
  if (!owner.startsWith("task/")) return false;
  const task = tasks.get(owner.slice("task/".length));
  return task !== undefined && !hasEnded(task);
}

function claimsOf(scene: Scene): Claim[] {
  const named = byName(scene.networks.values());
  const ofTasks = [...scene.tasks.values()].flatMap((task) => claimsOfTask(scene, named, task));
  const ofServices = [...scene.services.values()].flatMap((service) => claimsOfService(named, service));
  const ofGuests = [...scene.guests.values()].flatMap((guest) => claimsOfGuest(scene, guest));
  const placed = [...ofTasks, ...ofGuests];
  return [...ofServices, ...claimsOfNodes(scene, named, placed), ...placed.map(({ claim }) => claim)];
}

type PlacedClaim = { readonly claim: Claim; readonly nodeId: string | undefined };

function claimsOfGuest({ networks }: Scene, { networkId, containerId, nodeId }: Guest): PlacedClaim[] {
  const network = networks.get(networkId);
  return network === undefined ? [] : [{ claim: { network, owner: `container/${containerId}` }, nodeId }];
}

function claimsOfTask(
  { services, addressesOf, networks }: Scene,
  named: ReadonlyMap<string, ClusterNetwork>,
  task: Task,
): PlacedClaim[] {
  if (hasEnded(task)) return [];
  const owner: Owner = `task/${task.id}`;
  const { nodeId } = task;
  const spec = specOfTask(services.get(task.serviceId), task);
  // One that is on its way out gets nothing more, and keeps what it has.
  if (spec === undefined || !isLive(task))
    return addressesOf(owner).flatMap(({ networkId }) => {
      const network = networks.get(networkId);
      return network === undefined ? [] : [{ claim: { network, owner }, nodeId }];
    });
  return taskNetworks(named, spec.container).map((network) => ({ claim: { network, owner }, nodeId }));
}

function claimsOfService(named: ReadonlyMap<string, ClusterNetwork>, { id, spec }: Service): Claim[] {
  if (!isVirtual(spec)) return [];
  return namedNetworks(named, spec.container).map((network) => ({ network, owner: `service/${id}` }));
}

// All nodes have an address on the network of published ports: connections come in by any of them.
function claimsOfNodes(
  { nodes, services }: Scene,
  named: ReadonlyMap<string, ClusterNetwork>,
  containers: readonly PlacedClaim[],
): Claim[] {
  const ingress = named.get(INGRESS);
  const isOpen = ingress !== undefined && [...services.values()].some(({ spec }) => hasDoors(spec.container));
  const everywhere: Claim[] = isOpen ? [...nodes.keys()].map((id) => ({ network: ingress, owner: `node/${id}` })) : [];
  const placed = containers.flatMap(({ claim: { network }, nodeId }): Claim[] =>
    nodeId === undefined || !nodes.has(nodeId) ? [] : [{ network, owner: `node/${nodeId}` }],
  );
  return [...everywhere, ...placed];
}

/** Those of a task's networks on which it, or its node, has no address yet. */
export function unallotted(scene: Scene, named: ReadonlyMap<string, ClusterNetwork>, task: Task): ClusterNetwork[] {
  const spec = specOfTask(scene.services.get(task.serviceId), task);
  if (spec === undefined) return [];
  const has = (owner: Owner, network: ClusterNetwork): boolean =>
    scene.addressesOf(owner).some(({ networkId }) => networkId === network.id);
  return taskNetworks(named, spec.container).filter(
    (network) =>
      !has(`task/${task.id}`, network) || (task.nodeId !== undefined && !has(`node/${task.nodeId}`, network)),
  );
}
