import { macOf, parseIp } from "../../network/address.ts";
import type { NamedPort } from "../../network/dns/srv.ts";
import type { Balanced, Door, Gate, Peer } from "../../network/overlay/wanted.ts";
import type { Endings } from "../manager/endings.ts";
import type { Replica } from "../manager/replica.ts";
import { type Address, type ClusterNetwork, type Guest, INGRESS } from "../model/network.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isAssigned, isWanted, type Task } from "../model/task.ts";
import type { Scene } from "./allot.ts";
import { byName, hasDoors, isVirtual, listensOn, namedNetworks, specOfTask } from "./attached.ts";
import { address6 } from "./ranges.ts";

/** A part of what a node's networks are to be like. */
export type NetworkItem =
  | {
      readonly kind: "network";
      readonly network: ClusterNetwork;
      /** The node's own address on it. */
      readonly gateway: string;
      /** Where other nodes reach this one. */
      readonly local: string;
    }
  | { readonly kind: "peer"; readonly networkId: string; readonly peer: Peer }
  | { readonly kind: "gate"; readonly gate: Gate }
  | {
      readonly kind: "service";
      readonly networkId: string;
      readonly balanced?: Balanced;
      readonly balanced6?: Balanced;
      /** What its names lead to there. */
      readonly names: Readonly<Record<string, readonly string[]>>;
      /** What those behind them listen on. */
      readonly ports?: readonly NamedPort[];
    }
  | { readonly kind: "door"; readonly door: Door }
  /** A container of the node's own that is no task. */
  | ({ readonly kind: "guest"; readonly ip: string } & Pick<Guest, "networkId" | "containerId" | "names">);

/** What has changed of it, by keys; at first all of it. */
export type NetworkNews = {
  readonly complete: boolean;
  readonly put: Readonly<Record<string, NetworkItem>>;
  readonly drop: readonly string[];
};

/** A part with its text, by which a change of it is seen. */
type Part = {
  readonly item: NetworkItem;
  readonly text: string;
  /** Of a peer or a guest: the node that has it. */
  readonly nodeId?: string;
};

type Parts = ReadonlyMap<string, Part>;

/** What is the same for all nodes, by network. */
type Picture = ReadonlyMap<string, Parts>;

/** What a node's networks are to be like, and what it was made from. */
export type NodePicture = { readonly parts: Parts; readonly from: readonly unknown[] };

type Known = Scene & Pick<Replica, "revision">;

/** Tasks that are over, which is not written down yet. */
type Over = Pick<Endings, "has" | "version">;

const NONE_OVER: Over = { has: () => false, version: () => 0 };

const pictures = new WeakMap<object, { readonly at: string; readonly picture: Picture }>();

/**
 * What a node's networks are to be like: what it has of them itself, who is on other nodes, who is behind names and ports. The very same as
 * `before` when nothing of it has changed since.
 */
export function networksOfNode(
  known: Known,
  nodeId: string,
  before?: NodePicture,
  over: Over = NONE_OVER,
): NodePicture {
  const node = known.nodes.get(nodeId);
  const own = node === undefined || known.networks.size === 0 ? [] : known.addressesOf(`node/${nodeId}`);
  const picture = own.length === 0 ? undefined : pictureOf(known, over);
  const local = node?.description.address ?? "";
  const from = [local, ...own.flatMap((address) => [address, picture?.get(address.networkId)])];
  if (before?.from.length === from.length && from.every((one, index) => one === before.from[index])) return before;
  const parts = new Map<string, Part>();
  for (const { networkId, ip } of own) {
    const network = known.networks.get(networkId);
    if (network === undefined) continue;
    parts.set(`network/${networkId}`, partOf({ kind: "network", network, gateway: ip, local }));
    for (const [key, part] of picture?.get(networkId) ?? []) if (concerns(part, nodeId, local)) parts.set(key, part);
  }
  return { parts, from };
}

function concerns({ item, nodeId }: Part, ownId: string, local: string): boolean {
  if (item.kind === "guest") return nodeId === ownId;
  return item.kind !== "peer" || isElsewhere(item.peer, nodeId === ownId, local);
}

// Who is reached at the same address is on the same machine; others must be reached over IPv4.
function isElsewhere({ via }: Peer, isOwn: boolean, local: string): boolean {
  return !isOwn && via !== local && parseIp(via)?.length === 4;
}

function partOf(item: NetworkItem, nodeId?: string): Part {
  return { item, text: JSON.stringify(item), ...(nodeId === undefined ? {} : { nodeId }) };
}

function pictureOf(known: Known, over: Over): Picture {
  const at = `${known.revision()} ${over.version()}`;
  const last = pictures.get(known);
  if (last?.at === at) return last.picture;
  const drawn = draw(known, over);
  // A network of which nothing has changed stays the same object: nodes that are on no other need not look into it.
  const picture = new Map([...drawn].map(([id, parts]) => [id, sameAs(last?.picture.get(id), parts)]));
  pictures.set(known, { at, picture });
  return picture;
}

function sameAs(before: Parts | undefined, parts: Parts): Parts {
  if (before?.size !== parts.size) return parts;
  for (const [key, part] of parts) if (!isSamePart(before.get(key), part)) return parts;
  return before;
}

/** Whether a part says the same; undefined is none. */
export function isSamePart(before: Part | undefined, part: Part): boolean {
  return before === part || before?.text === part.text;
}

function draw(scene: Scene, over: Over): Picture {
  const named = byName(scene.networks.values());
  const picture = new Map<string, Map<string, Part>>([...scene.networks.keys()].map((id) => [id, new Map()]));
  drawHolders(scene, picture);
  drawGuests(scene, picture);
  const backends = Map.groupBy(
    [...scene.tasks.values()].filter((task) => getsConnections(scene, task) && !over.has(task.id)),
    ({ serviceId }) => serviceId,
  );
  const ingress = named.get(INGRESS);
  for (const service of scene.services.values()) {
    const running = { service, tasks: backends.get(service.id) ?? [] };
    for (const [networkId, key, part] of partsOfService(scene, { named, ingress }, running))
      picture.get(networkId)?.set(key, part);
  }
  return picture;
}

type Placed = readonly [networkId: string, key: string, part: Part];
type Names = { readonly named: ReadonlyMap<string, ClusterNetwork>; readonly ingress: ClusterNetwork | undefined };

const drawnServices = new WeakMap<Service, { readonly from: readonly unknown[]; readonly parts: readonly Placed[] }>();

// Of ten thousand services one has changed: the others are what they were, as long as all that they are drawn from is the very same.
function partsOfService(scene: Scene, { named, ingress }: Names, running: Running): readonly Placed[] {
  const { service, tasks } = running;
  const from = [
    ...named.values(),
    ...scene.addressesOf(`service/${service.id}`),
    ...tasks.flatMap((task) => [task, ...scene.addressesOf(`task/${task.id}`)]),
  ];
  const last = drawnServices.get(service);
  if (last?.from.length === from.length && from.every((one, index) => one === last.from[index])) return last.parts;
  const parts = [
    ...serviceItems(scene, named, running).map(([key, item]): Placed => [item.networkId, key, partOf(item)]),
    ...(ingress === undefined
      ? []
      : doorItems(scene, ingress, running).map(([key, item]): Placed => [ingress.id, key, partOf(item)])),
  ];
  drawnServices.set(service, { from, parts });
  return parts;
}

type DrawnPeer = { readonly nodeId: string; readonly via: string; readonly key: string; readonly part: Part };

const drawnPeers = new WeakMap<Address, DrawnPeer>();

function drawPeer(
  network: ClusterNetwork,
  address: Address,
  { nodeId, via }: Pick<DrawnPeer, "nodeId" | "via">,
): DrawnPeer {
  const last = drawnPeers.get(address);
  if (last?.nodeId === nodeId && last.via === via) return last;
  const { networkId, ip, mac = bridgeMac(ip) } = address;
  const peer = { ...bothAddresses(network, ip), mac, via };
  const part = partOf({ kind: "peer", networkId, peer }, nodeId);
  const drawn = { nodeId, via, key: `peer/${networkId}/${ip}`, part };
  drawnPeers.set(address, drawn);
  return drawn;
}

// Tasks that a node has been told of, and bridges; those on the network of published ports let connections in.
function drawHolders(scene: Scene, picture: ReadonlyMap<string, Map<string, Part>>): void {
  const add = (nodeId: string, address: Address): void => {
    const network = scene.networks.get(address.networkId);
    if (network === undefined) return;
    const via = scene.nodes.get(nodeId)?.description.address ?? "";
    const { key, part } = drawPeer(network, address, { nodeId, via });
    picture.get(address.networkId)?.set(key, part);
  };
  for (const task of scene.tasks.values()) {
    if (task.nodeId === undefined || !isAssigned(task) || hasEnded(task)) continue;
    for (const address of scene.addressesOf(`task/${task.id}`)) add(task.nodeId, address);
  }
  for (const { nodeId, containerId } of scene.guests.values())
    for (const address of scene.addressesOf(`container/${containerId}`)) add(nodeId, address);
  for (const nodeId of scene.nodes.keys())
    for (const address of scene.addressesOf(`node/${nodeId}`)) {
      const { networkId, ip } = address;
      add(nodeId, address);
      const network = scene.networks.get(networkId);
      if (network?.name !== INGRESS) continue;
      const gate = { ...bothAddresses(network, ip), mac: bridgeMac(ip) };
      picture.get(networkId)?.set(`gate/${ip}`, partOf({ kind: "gate", gate }));
    }
}

// A guest's node gives back by it what the container has no use for any more. Its names lead to it while the node is heard of.
function drawGuests(scene: Scene, picture: ReadonlyMap<string, Map<string, Part>>): void {
  for (const { networkId, containerId, nodeId, names } of scene.guests.values()) {
    const address = scene.addressesOf(`container/${containerId}`).find((each) => each.networkId === networkId);
    const parts = picture.get(networkId);
    if (address === undefined || parts === undefined) continue;
    const { ip } = address;
    parts.set(
      `guest/${networkId}/${containerId}`,
      partOf({ kind: "guest", networkId, containerId, names, ip }, nodeId),
    );
    if (scene.nodes.get(nodeId)?.state !== "ready") continue;
    const leading = Object.fromEntries(names.map((name) => [name, bothOf(scene.networks.get(networkId), [ip])]));
    parts.set(`names/${networkId}/${containerId}`, partOf({ kind: "service", networkId, names: leading }));
  }
}

// From the moment when it is to end it gets none any more, long before it is told so.
function getsConnections({ nodes }: Scene, task: Task): boolean {
  return task.status.state === "running" && isWanted(task) && nodes.get(task.nodeId ?? "")?.state === "ready";
}

/** A node's bridge has the MAC that belongs to its address there. */
function bridgeMac(ip: string): string {
  return macOf(parseIp(ip) ?? new Uint8Array(4));
}

type Running = { readonly service: Service; readonly tasks: readonly Task[] };

function addressesOn(scene: Scene, { id }: ClusterNetwork, tasks: readonly Task[]): string[] {
  return tasks.flatMap((task) =>
    scene.addressesOf(`task/${task.id}`).flatMap(({ networkId, ip }) => (networkId === id ? [ip] : [])),
  );
}

type ItemOf<K extends NetworkItem["kind"]> = readonly [key: string, item: Extract<NetworkItem, { kind: K }>];

function serviceItems(
  scene: Scene,
  named: ReadonlyMap<string, ClusterNetwork>,
  { service, tasks }: Running,
): ItemOf<"service">[] {
  const { id, spec } = service;
  return namedNetworks(named, spec.container).map((network) => {
    const backends = addressesOn(scene, network, tasks);
    const vip = isVirtual(spec)
      ? scene.addressesOf(`service/${id}`).find(({ networkId }) => networkId === network.id)?.ip
      : undefined;
    const aliases = spec.container.networks?.find((attachment) => attachment.network === network.name)?.aliases ?? [];
    const leading = isVirtual(spec) ? (vip === undefined ? [] : [vip]) : backends;
    const names = Object.fromEntries([
      ...[spec.name, ...aliases].map((name) => [name, bothOf(network, leading)] as const),
      [`tasks.${spec.name}`, bothOf(network, backends)] as const,
    ]);
    const balanced = vip === undefined ? {} : balancedOf(network, vip, backends);
    const listening = listensOn(spec.container);
    const ports = listening.length === 0 ? {} : { ports: listening };
    return [
      `service/${network.id}/${id}`,
      { kind: "service", networkId: network.id, names, ...ports, ...balanced },
    ] as const;
  });
}

/** An address, with that of IPv6 that goes with it. */
function bothAddresses(network: ClusterNetwork, ip: string): { readonly ip: string; readonly ip6?: string } {
  const ip6 = address6(network, ip);
  return ip6 === undefined ? { ip } : { ip, ip6 };
}

/** Addresses with those of IPv6 that go with them. */
function bothOf(network: ClusterNetwork | undefined, ips: readonly string[]): string[] {
  return [...ips, ...sixthOf(network, ips)];
}

function sixthOf(network: ClusterNetwork | undefined, ips: readonly string[]): string[] {
  return network === undefined ? [] : ips.flatMap((ip) => address6(network, ip) ?? []);
}

function balancedOf(
  network: ClusterNetwork,
  vip: string,
  backends: readonly string[],
): { readonly balanced: Balanced; readonly balanced6?: Balanced } {
  const [vip6] = sixthOf(network, [vip]);
  const balanced6 = vip6 === undefined ? {} : { balanced6: { vip: vip6, backends: sixthOf(network, backends) } };
  return { balanced: { vip, backends }, ...balanced6 };
}

function doorItems(scene: Scene, ingress: ClusterNetwork, { service, tasks }: Running): ItemOf<"door">[] {
  if (!hasDoors(service.spec.container)) return [];
  return service.spec.container.ports.flatMap(({ share, protocol, hostIp, hostPort, containerPort, range }) => {
    if (share === undefined) return [];
    return Array.from({ length: range }, (_, offset) => {
      const open = tasks.filter((task) => publishes(scene, task, containerPort + offset));
      const targets = addressesOn(scene, ingress, open).map((ip) => ({
        ...bothAddresses(ingress, ip),
        port: containerPort + offset,
      }));
      const door: Door = { protocol, hostIp, hostPort: hostPort + offset, targets };
      return [`door/${protocol}/${door.hostPort}/${hostIp}`, { kind: "door", door }] as const;
    });
  });
}

// While an update goes on there may be tasks of a spec that does not have the port.
function publishes({ services }: Scene, task: Task, port: number): boolean {
  const ports = specOfTask(services.get(task.serviceId), task)?.container.ports ?? [];
  return ports.some(
    ({ share, containerPort, range }) => share !== undefined && port >= containerPort && port < containerPort + range,
  );
}
