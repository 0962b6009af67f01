import type { ContainerSummary } from "../../engine/list.ts";
import type { ContainerRecord } from "../../state/container.ts";

type Part = Readonly<Record<string, unknown>>;

/** `HostConfig.NetworkMode`: the network's own name, where it is one of the user's. */
export function dockerNetworkMode({ spec }: ContainerRecord): string {
  return spec.network === "bridge" ? (spec.networks?.[0]?.network ?? "bridge") : spec.network;
}

/** `NetworkSettings.Networks`: Docker has the special ones there, too. */
export function dockerNetworks({ record }: ContainerSummary, networks: Part): Part {
  const { network } = record.spec;
  return network === "none" || network === "host" ? { [network]: NOTHING } : networks;
}

const NOTHING: Part = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: "",
  NetworkID: "",
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  DriverOpts: null,
};
