import type { ContainerSummary } from "../../engine/list.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { NetworkAttachment } from "../../state/spec/network.ts";
import { specialNetworkId } from "./network.ts";

type Part = Readonly<Record<string, unknown>>;

/** `HostConfig.NetworkMode`: the network's own name, where it is one of the user's. */
export function dockerNetworkMode({ spec }: ContainerRecord): string {
  return spec.network === "bridge" ? (spec.networks?.[0]?.network ?? "bridge") : spec.network;
}

/**
 * `NetworkSettings.Networks`: Docker has the special ones there, too, and every network by its id, whether the container runs or not: clients
 * compare them.
 */
export function dockerNetworks({ record }: ContainerSummary, networks: Part, idOf: (name: string) => string): Part {
  const { network } = record.spec;
  if (network === "none" || network === "host")
    return { [network]: { ...NOTHING, NetworkID: specialNetworkId(network) } };
  return Object.fromEntries(
    Object.entries(networks).map(([name, endpoint]) => [
      name,
      { ...(endpoint as Part), NetworkID: idOf(name), ...asked(record, name) },
    ]),
  );
}

function asked({ spec }: ContainerRecord, name: string): Part {
  const attachment = spec.networks?.find(({ network }) => network === name);
  if (attachment === undefined) return {};
  return {
    Links: linkTexts(attachment) ?? null,
    DriverOpts: driverOptions(attachment) ?? null,
    GwPriority: attachment.gatewayPriority ?? 0,
  };
}

/** `Links` of an endpoint; undefined without any. Pure. */
export function linkTexts({ links }: NetworkAttachment): string[] | undefined {
  return links?.map(({ target, name }) => `${target}:${name}`);
}

/** `DriverOpts` of an endpoint; undefined without any. Pure. */
export function driverOptions({ interfaceName, sysctls = [] }: NetworkAttachment): Record<string, string> | undefined {
  if (interfaceName === undefined && sysctls.length === 0) return undefined;
  return {
    ...(interfaceName === undefined ? {} : { "com.docker.network.endpoint.ifname": interfaceName }),
    ...(sysctls.length === 0 ? {} : { "com.docker.network.endpoint.sysctls": sysctls.join(",") }),
  };
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
