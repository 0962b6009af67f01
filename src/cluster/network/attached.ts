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
