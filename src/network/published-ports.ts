import type { Lease, PublishedPort } from "../state/leases.ts";
import type { PortMapping } from "../state/spec/network.ts";

/** The addresses on which a mapping is published: both wildcards when it names none. */
export function hostAddresses(mapping: PortMapping): string[] {
  return mapping.hostIp === "" ? ["0.0.0.0", "::"] : [mapping.hostIp];
}

/** A container with its addresses that ports are published towards, of one of its networks or of two. */
export type PublishTarget = Pick<Lease, "containerId" | "ipv4" | "ipv6">;

/** The rows of one mapping: one per port and family that the container has. */
export function publishedPorts(target: PublishTarget, mapping: PortMapping): PublishedPort[] {
  return hostAddresses(mapping).flatMap((hostIp) => {
    const targetIp = hostIp.includes(":") ? target.ipv6 : target.ipv4;
    if (targetIp === undefined) return [];
    return Array.from({ length: mapping.range }, (_, index) => ({
      protocol: mapping.protocol,
      hostIp,
      hostPort: mapping.hostPort + index,
      containerId: target.containerId,
      targetIp,
      targetPort: mapping.containerPort + index,
      ...(mapping.share === undefined ? {} : { share: mapping.share.group, standby: mapping.share.standby === true }),
    }));
  });
}
