import type { NamedPort } from "../../network/dns/srv.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { type ClusterNetwork, INGRESS } from "../model/network.ts";
import type { Service, ServiceSpec } from "../model/service.ts";
import type { Task } from "../model/task.ts";

/** The spec that a task was made from; undefined when it is no longer kept. */
export function specOfTask(
  service: Service | undefined,
  { specHash }: Pick<Task, "specHash">,
): ServiceSpec | undefined {
  return [service, service?.previous].find((one) => one?.specHash === specHash)?.spec;
}

/** Whether nodes lead something to its tasks, on whichever of them those are. */
export function hasDoors({ network, ports }: ContainerSpec): boolean {
  return network === "bridge" && ports.some(({ share }) => share !== undefined);
}

/** Whether a service has a virtual address on each of its networks. */
export function isVirtual({ endpoint = "vip" }: Pick<ServiceSpec, "endpoint">): boolean {
  return endpoint === "vip";
}

/** The ports of the container's own that a service publishes or exposes. */
export function listensOn({ ports, expose }: ContainerSpec): NamedPort[] {
  const published = ports.map(({ protocol, containerPort, range }) => ({ protocol, first: containerPort, range }));
  const exposed = expose.flatMap((text) => {
    const {
      first,
      last = first,
      protocol = "tcp",
    } = /^(?<first>\d+)(?:-(?<last>\d+))?(?:\/(?<protocol>tcp|udp|sctp))?$/.exec(text)?.groups ?? {};
    if (first === undefined) return [];
    return [
      { protocol: protocol as NamedPort["protocol"], first: Number(first), range: Number(last) - Number(first) + 1 },
    ];
  });
  const all = [...published, ...exposed].flatMap(({ protocol, first, range }) =>
    Array.from({ length: range }, (_, offset): NamedPort => ({ protocol, port: first + offset })),
  );
  return [...new Map(all.map((each) => [`${each.protocol} ${each.port}`, each])).values()];
}

/** The networks by name. */
export function byName(networks: Iterable<ClusterNetwork>): ReadonlyMap<string, ClusterNetwork> {
  return new Map([...networks].map((network) => [network.name, network]));
}

/** Those of the cluster's networks that a service names. Others are the nodes' own. */
export function namedNetworks(
  named: ReadonlyMap<string, ClusterNetwork>,
  { network, networks = [] }: ContainerSpec,
): ClusterNetwork[] {
  if (network !== "bridge") return [];
  return networks.flatMap((attachment) => named.get(attachment.network) ?? []);
}

/** The cluster's networks that a container of a task is on: those that are named, then that of published ports. */
export function taskNetworks(named: ReadonlyMap<string, ClusterNetwork>, container: ContainerSpec): ClusterNetwork[] {
  const ingress = named.get(INGRESS);
  const own = namedNetworks(named, container);
  return ingress !== undefined && hasDoors(container) && !own.includes(ingress) ? [...own, ingress] : own;
}
