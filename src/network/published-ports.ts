import type { Lease, PublishedPort } from "../state/leases.ts";
import type { PortMapping } from "../state/spec/network.ts";

/** The addresses on which a mapping is published: both wildcards when it names none. */
export function hostAddresses(mapping: PortMapping): string[] {
  return mapping.hostIp === "" ? ["0.0.0.0", "::"] : [mapping.hostIp];
}

/** The rows of one mapping: one per port and family that the container has. */
export function publishedPorts(lease: Lease, mapping: PortMapping): PublishedPort[] {
  return hostAddresses(mapping).flatMap((hostIp) => {
    const targetIp = hostIp.includes(":") ? lease.ipv6 : lease.ipv4;
    if (targetIp === undefined) return [];
    return Array.from({ length: mapping.range }, (_, index) => ({
      protocol: mapping.protocol,
      hostIp,
      hostPort: mapping.hostPort + index,
      containerId: lease.containerId,
      targetIp,
      targetPort: mapping.containerPort + index,
      ...(mapping.share === undefined ? {} : { share: mapping.share.group, standby: mapping.share.standby === true }),
    }));
  });
}
