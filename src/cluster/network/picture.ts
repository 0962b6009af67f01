import { macOf, parseIp } from "../../network/address.ts";
import type { Balanced, Door, Gate, Peer } from "../../network/overlay/wanted.ts";
import type { Replica } from "../manager/replica.ts";
import { type ClusterNetwork, INGRESS } from "../model/network.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isAssigned, isWanted, type Task } from "../model/task.ts";
import type { Scene } from "./allot.ts";
import { byName, hasDoors, isVirtual, namedNetworks, specOfTask } from "./attached.ts";

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
      /** What its names lead to there. */
      readonly names: Readonly<Record<string, readonly string[]>>;
    }
  | { readonly kind: "door"; readonly door: Door };

/** What has changed of it, by keys; at first all of it. */
export type NetworkNews = {
  readonly complete: boolean;
  readonly put: Readonly<Record<string, NetworkItem>>;
  readonly drop: readonly string[];
};

type Holder = { readonly ip: string; readonly mac: string; readonly nodeId: string };
type Items = readonly (readonly [key: string, item: NetworkItem])[];

/** What is the same for all nodes, by network. */
type Picture = {
  readonly holders: ReadonlyMap<string, readonly Holder[]>;
  readonly services: ReadonlyMap<string, Items>;
  readonly ingress: Items;
};

const pictures = new WeakMap<object, { readonly revision: number; readonly picture: Picture }>();

/** What a node's networks are to be like: what it has of them itself, who is on other nodes, who is behind names and ports. */
export function networksOfNode(replica: Scene & Pick<Replica, "revision">, nodeId: string): Map<string, NetworkItem> {
  const items = new Map<string, NetworkItem>();
  const node = replica.nodes.get(nodeId);
  if (node === undefined || replica.networks.size === 0) return items;
  const picture = pictureOf(replica);
  const local = node.description.address;
  for (const { networkId, ip } of replica.addressesOf(`node/${nodeId}`)) {
    const network = replica.networks.get(networkId);
    if (network === undefined) continue;
    items.set(`network/${networkId}`, { kind: "network", network, gateway: ip, local });
    for (const holder of picture.holders.get(networkId) ?? []) {
      const via = replica.nodes.get(holder.nodeId)?.description.address ?? "";
      // Who is reached at the same address is on the same machine; others must be reached over IPv4.
      if (holder.nodeId === nodeId || via === local || parseIp(via)?.length !== 4) continue;
      const peer = { ip: holder.ip, mac: holder.mac, via };
      items.set(`peer/${networkId}/${holder.ip}`, { kind: "peer", networkId, peer });
    }
    for (const [key, item] of picture.services.get(networkId) ?? []) items.set(key, item);
    if (network.name === INGRESS) for (const [key, item] of picture.ingress) items.set(key, item);
  }
  return items;
}

function pictureOf(replica: Scene & Pick<Replica, "revision">): Picture {
  const revision = replica.revision();
  const known = pictures.get(replica);
  if (known?.revision === revision) return known.picture;
  const picture = draw(replica);
  pictures.set(replica, { revision, picture });
  return picture;
}

function draw(scene: Scene): Picture {
  const named = byName(scene.networks.values());
  const backends = Map.groupBy(
    [...scene.tasks.values()].filter((task) => getsConnections(scene, task)),
    ({ serviceId }) => serviceId,
  );
  const services = [...scene.services.values()].flatMap((service) =>
    serviceItems(scene, named, { service, tasks: backends.get(service.id) ?? [] }),
  );
  const ingress = named.get(INGRESS);
  const doors = [...scene.services.values()].flatMap((service) =>
    ingress === undefined ? [] : doorItems(scene, ingress, { service, tasks: backends.get(service.id) ?? [] }),
  );
  return {
    holders: holdersOf(scene),
    services: Map.groupBy(services, ([, item]) => (item.kind === "service" ? item.networkId : "")),
    ingress: [...gateItems(scene, ingress), ...doors],
  };
}

// From the moment when it is to end it gets none any more, long before it is told so.
function getsConnections({ nodes }: Scene, task: Task): boolean {
  return task.status.state === "running" && isWanted(task) && nodes.get(task.nodeId ?? "")?.state === "ready";
}

function holdersOf(scene: Scene): Map<string, Holder[]> {
  const holders = new Map<string, Holder[]>();
  const add = (networkId: string, holder: Holder): void => {
    const list = holders.get(networkId);
    if (list === undefined) holders.set(networkId, [holder]);
    else list.push(holder);
  };
  for (const task of scene.tasks.values()) {
    if (task.nodeId === undefined || !isAssigned(task) || hasEnded(task)) continue;
    for (const { networkId, ip, mac = "" } of scene.addressesOf(`task/${task.id}`))
      add(networkId, { ip, mac, nodeId: task.nodeId });
  }
  for (const nodeId of scene.nodes.keys())
    for (const { networkId, ip } of scene.addressesOf(`node/${nodeId}`))
      add(networkId, { ip, mac: bridgeMac(ip), nodeId });
  return holders;
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

function serviceItems(scene: Scene, named: ReadonlyMap<string, ClusterNetwork>, { service, tasks }: Running): Items {
  const { id, spec } = service;
  return namedNetworks(named, spec.container).map((network) => {
    const backends = addressesOn(scene, network, tasks);
    const vip = isVirtual(spec)
      ? scene.addressesOf(`service/${id}`).find(({ networkId }) => networkId === network.id)?.ip
      : undefined;
    const aliases = spec.container.networks?.find((attachment) => attachment.network === network.name)?.aliases ?? [];
    const leading = isVirtual(spec) ? (vip === undefined ? [] : [vip]) : backends;
    const names = Object.fromEntries([
      ...[spec.name, ...aliases].map((name) => [name, leading] as const),
      [`tasks.${spec.name}`, backends] as const,
    ]);
    const balanced = vip === undefined ? {} : { balanced: { vip, backends } };
    return [`service/${network.id}/${id}`, { kind: "service", networkId: network.id, names, ...balanced }] as const;
  });
}

function gateItems({ nodes, addressesOf }: Scene, ingress: ClusterNetwork | undefined): Items {
  return [...nodes.keys()].flatMap((nodeId) =>
    addressesOf(`node/${nodeId}`).flatMap(({ networkId, ip }) => {
      if (networkId !== ingress?.id) return [];
      return [[`gate/${ip}`, { kind: "gate", gate: { ip, mac: bridgeMac(ip) } }] as const];
    }),
  );
}

function doorItems(scene: Scene, ingress: ClusterNetwork, { service, tasks }: Running): Items {
  if (!hasDoors(service.spec.container)) return [];
  return service.spec.container.ports.flatMap(({ share, protocol, hostIp, hostPort, containerPort, range }) => {
    // What comes in on an IPv6 address has no way over IPv4.
    if (share === undefined || hostIp.includes(":")) return [];
    return Array.from({ length: range }, (_, offset) => {
      const open = tasks.filter((task) => publishes(scene, task, containerPort + offset));
      const targets = addressesOn(scene, ingress, open).map((ip) => ({ ip, port: containerPort + offset }));
      const door: Door = { protocol, hostIp, hostPort: hostPort + offset, targets };
      return [`door/${protocol}/${door.hostPort}`, { kind: "door", door }] as const;
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
