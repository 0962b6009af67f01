import type { Container, Service, ServicePort } from "kubernetes-types/core/v1";
import type { PortMapping, PortShare } from "../../state/spec/network.ts";
import type { ReadObject } from "../schema/objects.ts";
import { type PlanContext, reject, warn } from "./context.ts";
import { protocolOf } from "./ports.ts";

/** A pod as a Service may choose it. */
export type Selectable = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly Container[];
};

/** What Services give a pod: further names, and ports on the host. */
export type Served = { readonly aliases: readonly string[]; readonly ports: readonly PortMapping[] };

/** The part of the Services of a file that a pod has, which is one of `pods`. */
export function servedBy(
  context: PlanContext,
  services: readonly ReadObject[],
  pod: Selectable,
  pods: readonly Selectable[],
): Served {
  const chosen = services.map(({ value }) => value as Service).filter((service) => selects(service, pod.labels));
  return {
    aliases: chosen.flatMap(({ metadata }) => {
      const name = metadata?.name ?? "";
      const namespace = metadata?.namespace ?? "default";
      return [name, `${name}.${namespace}`, `${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`];
    }),
    ports: chosen.flatMap((service) => publishedPorts(context, service, pod, shareOf(service, pods))),
  };
}

/** Tells of Services that choose no pod of the file, and of what a Service here is not. */
export function checkServices(
  context: PlanContext,
  services: readonly ReadObject[],
  pods: readonly Selectable[],
): void {
  for (const { name, value } of services) {
    const service = value as Service;
    const { spec = {}, metadata } = service;
    const clusterIp = spec.clusterIP ?? "None";
    if (clusterIp !== "None" && clusterIp !== "")
      reject(
        context,
        [spec, "clusterIP"],
        "there are no addresses of Services here: the name leads to the pods",
        "take it out, or write None",
      );
    if (spec.selector === undefined || Object.keys(spec.selector).length === 0)
      reject(context, [spec, "selector"], `the Service "${name}" has no selector`, "name the labels of its pods");
    else if (!pods.some(({ labels }) => selects(service, labels)))
      warn(
        context,
        [metadata ?? service, "name"],
        `the Service "${name}" has no effect: no pod of the file has its labels`,
      );
    for (const port of spec.ports ?? []) explainPort(context, service, port, pods);
  }
}

function explainPort(context: PlanContext, service: Service, port: ServicePort, pods: readonly Selectable[]): void {
  const [pod] = pods.filter(({ labels }) => selects(service, labels));
  if (pod === undefined) return;
  const target = targetOf(port, pod);
  const name = service.metadata?.name ?? "";
  if (target !== undefined && target !== port.port)
    warn(
      context,
      [port, "port"],
      `the name "${name}" leads to the pod itself: between pods, use its port ${target} instead of ${port.port}`,
    );
}

function selects({ spec }: Service, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(spec?.selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** The group in which several pods of a Service have its ports of the host; undefined for one pod, whose own they are. */
function shareOf(service: Service, pods: readonly Selectable[]): PortShare | undefined {
  const [first, ...others] = pods.filter(({ labels }) => selects(service, labels));
  if (first === undefined || others.length === 0) return undefined;
  // Another file may have a Service of this name, and no pod of that one.
  return { group: `kube_${first.name}_${service.metadata?.name ?? ""}` };
}

function publishedPorts(
  context: PlanContext,
  { spec = {} }: Service,
  pod: Selectable,
  share: PortShare | undefined,
): PortMapping[] {
  const { type = "ClusterIP", ports = [] } = spec;
  if (type === "ClusterIP") return [];
  return ports.flatMap((port): PortMapping[] => {
    const target = targetOf(port, pod);
    if (target === undefined) {
      reject(
        context,
        [port, "targetPort"],
        `no container of the pod has a port "${port.targetPort}"`,
        "name it in ports, or write its number",
      );
      return [];
    }
    const mapping = { hostIp: "", containerPort: target, protocol: protocolOf(port.protocol), range: 1 };
    const { nodePort = 0 } = port;
    // A balancer answers at the port itself, every node at nodePort.
    const hostPorts = [
      ...(type === "LoadBalancer" ? [port.port] : []),
      ...(nodePort !== 0 || type === "NodePort" ? [nodePort] : []),
    ];
    if (share !== undefined && hostPorts.includes(0))
      warn(
        context,
        [port, "port"],
        "each pod has a free port of its own; write a nodePort, and it leads to all of them",
      );
    return hostPorts.map((hostPort) => ({
      ...mapping,
      hostPort,
      ...(share === undefined || hostPort === 0 ? {} : { share }),
    }));
  });
}

function targetOf({ port, targetPort }: ServicePort, { containers }: Selectable): number | undefined {
  if (targetPort === undefined) return port;
  if (typeof targetPort === "number") return targetPort;
  const named = containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === targetPort)?.containerPort;
  return named ?? (/^\d+$/.test(targetPort) ? Number(targetPort) : undefined);
}
