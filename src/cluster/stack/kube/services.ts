import type { Service, ServicePort } from "kubernetes-types/core/v1";
import { filled } from "../../../kube/generate/context.ts";
import type { PortMapping } from "../../../state/spec/network.ts";
import { isJob } from "../../model/service.ts";
import { objectName } from "./pod.ts";
import type { KubeService } from "./source.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * The Services of a service: one for each name that leads to it, with the ports that are known; without any, or with
 * `endpoint_mode: dnsrr`, headless ones, whose names are those of the pods. One more for what it publishes.
 */
export function servicesOf(service: KubeService, labels: Labels, warn: (text: string) => void): Service[] {
  const { spec } = service;
  if (isJob(spec) || spec.container.network !== "bridge") return [];
  const name = objectName(service.name);
  const ports = knownPorts(service);
  const headless = spec.endpoint === "dnsrr" || ports.length === 0;
  const aliases = (spec.container.networks ?? []).flatMap((network) => network.aliases ?? []).map(objectName);
  const metadata = (own: string): object => ({ name: own, labels: { ...labels } });
  const selector = { ...labels };
  const named = [...new Set([name, ...aliases])].map((own) =>
    serviceObject(metadata(own), filled({ selector, ports, clusterIP: headless ? "None" : undefined })),
  );
  const published = spec.container.ports.filter(({ share }) => share !== undefined).flatMap(publishedPorts);
  if (spec.container.ports.some(({ hostIp }) => hostIp !== "")) warn("ports are published at all addresses");
  if (published.length === 0) return named;
  const balancer = { selector, ports: published, type: "LoadBalancer", externalTrafficPolicy: "Local" };
  return [...named, serviceObject(metadata(`${name.slice(0, 53)}-published`), balancer)];
}

function serviceObject(metadata: object, spec: object): Service {
  return { apiVersion: "v1", kind: "Service", metadata, spec };
}

/** The ports of containers that the service speaks of. */
function knownPorts({ spec: { container } }: KubeService): ServicePort[] {
  const published = container.ports.flatMap(({ containerPort, protocol, range }) =>
    Array.from({ length: range }, (_, index) => `${containerPort + index}/${protocol}`),
  );
  const exposed = container.expose.flatMap(spellOut);
  return [...new Set([...published, ...exposed])].map((text) => {
    const [port = "", protocol = "tcp"] = text.split("/");
    return portOf({ port: Number(port), targetPort: Number(port), protocol });
  });
}

/** `8000-8002/tcp` */
function spellOut(text: string): string[] {
  const [, first = "", last = first, protocol = "tcp"] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? [];
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, index) => `${Number(first) + index}/${protocol}`);
}

function publishedPorts({ hostPort, containerPort, protocol, range }: PortMapping): ServicePort[] {
  return Array.from({ length: range }, (_, index) =>
    portOf({ port: hostPort + index, targetPort: containerPort + index, protocol }),
  );
}

type Port = { readonly port: number; readonly targetPort: number; readonly protocol: string };

function portOf({ port, targetPort, protocol }: Port): ServicePort {
  return {
    name: `${protocol}-${port}`,
    port,
    targetPort,
    ...(protocol === "tcp" ? {} : { protocol: protocol.toUpperCase() }),
  };
}
