import type { Container, ContainerPort } from "kubernetes-types/core/v1";
import type { PortMapping } from "../../state/spec/network.ts";
import { type PlanContext, reject } from "./context.ts";

/** The protocol as we write it. */
export function protocolOf(text: string | undefined): PortMapping["protocol"] {
  return (text ?? "TCP").toLowerCase() as PortMapping["protocol"];
}

/** What containers publish by hostPort; with `all`, each containerPort at the host's port of that number. */
export function hostPorts(context: PlanContext, containers: readonly Container[], all: boolean): PortMapping[] {
  const mappings: PortMapping[] = [];
  for (const { ports = [] } of containers)
    for (const port of ports) {
      // As with Kubernetes, 0 is no port.
      const hostPort = port.hostPort || (all ? port.containerPort : 0);
      if (hostPort === 0) continue;
      const mapping = mappingOf(port, hostPort);
      const same = mappings.some(
        (other) =>
          other.hostPort === hostPort && other.protocol === mapping.protocol && other.hostIp === mapping.hostIp,
      );
      if (same)
        reject(
          context,
          [port, "hostPort"],
          `the host's port ${hostPort} is published twice by this pod`,
          "choose another one",
        );
      mappings.push(mapping);
    }
  return mappings;
}

function mappingOf({ containerPort, hostIP = "", protocol }: ContainerPort, hostPort: number): PortMapping {
  // Kubernetes writes "everywhere" as an address.
  const hostIp = hostIP === "0.0.0.0" ? "" : hostIP;
  return { hostIp, hostPort, containerPort, protocol: protocolOf(protocol), range: 1 };
}

/** Ports given by hand, over those of the file for the same port of the container. */
export function withPublished(ports: readonly PortMapping[], given: readonly PortMapping[]): PortMapping[] {
  const same = (a: PortMapping, b: PortMapping): boolean =>
    a.containerPort === b.containerPort && a.protocol === b.protocol;
  return [...ports.filter((port) => !given.some((other) => same(port, other))), ...given];
}
