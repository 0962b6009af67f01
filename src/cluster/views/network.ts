import type { NetworkRecord } from "../../state/networks.ts";
import type { NetworkSummary } from "../door/wire.ts";

/** A network of the cluster as one of this machine's looks. */
export function networkOfCluster({ network }: Pick<NetworkSummary, "network">): NetworkRecord {
  const { id, name, subnet, subnet6, options, createdAt, labels, internal, vni, attachable } = network;
  return {
    id,
    name,
    driver: "bridge",
    bridgeName: "",
    subnets: [
      { family: 4, cidr: subnet, gateway: "" },
      ...(subnet6 === undefined ? [] : [{ family: 6, cidr: subnet6, gateway: "" } as const]),
    ],
    options: { ...options, "com.docker.network.driver.overlay.vxlanid_list": String(vni) },
    createdAt,
    labels,
    internal,
    dns: true,
    cluster: { id, vni, ...(attachable === true ? { attachable } : {}) },
  };
}
