import { readEndpointOptions } from "../../network/endpoint-options.ts";
import type { ContainerSpec } from "../../state/container.ts";
import type { NetworkAttachment, NetworkMode, PortMapping, PortShare } from "../../state/spec/network.ts";
import type { Port, ServiceNetwork } from "../service.ts";
import { refuseAttribute, type SpecContext } from "./context.ts";
import { joinedBy } from "./namespaces.ts";

type NetworkPart = Pick<
  ContainerSpec,
  "network" | "ports" | "publishAll" | "expose" | "addHosts" | "dns" | "dnsSearch" | "dnsOptions"
> &
  Partial<Pick<ContainerSpec, "networks">>;

type OfContainer = {
  /** The group that shares its fixed host ports, and whether it gets none of what comes in yet. */
  readonly share?: PortShare | undefined;
  readonly number: number;
  readonly oneOff: boolean;
};

/** How a service's container reaches the network and is reached. */
export function networkPart(context: SpecContext, container: OfContainer): NetworkPart {
  const { service } = context;
  const mode = modeOf(context);
  const ports = (service.ports ?? []).map((port, index) => mappingOf(context, port, { index, ...container }));
  return {
    ...(mode === undefined ? { network: "bridge", networks: attachments(context, container) } : { network: mode }),
    ports,
    publishAll: false,
    expose: service.expose ?? [],
    addHosts: (service.extra_hosts ?? []).map((entry) => entry.replace("=", ":")),
    dns: service.dns ?? [],
    dnsSearch: service.dns_search ?? [],
    dnsOptions: service.dns_opt ?? [],
  };
}

/** Undefined where it has networks by name. */
function modeOf(context: SpecContext): NetworkMode | undefined {
  const mode = context.service.network_mode;
  if (mode === undefined) return undefined;
  const joined = joinedBy(context, mode);
  if (joined !== undefined) return joined;
  if (mode === "none" || mode === "host" || mode === "bridge") return mode;
  if (mode === "default") return "bridge";
  throw refuseAttribute(context, {
    path: ["network_mode"],
    why: `"${mode}" is no mode`,
    fix: "write none, host, bridge, service:NAME or container:NAME, or name networks under networks:",
  });
}

function attachments(context: SpecContext, container: OfContainer): NetworkAttachment[] {
  const { service, loaded } = context;
  const entries = Object.entries(service.networks ?? {});
  // The one with the highest priority comes first; the default route goes by the first of the highest gw_priority.
  const order = (network: ServiceNetwork | null): number =>
    (network?.gw_priority ?? 0) * 1e6 + (network?.priority ?? 0);
  return entries
    .toSorted(([a, one], [b, other]) => order(other) - order(one) || (a < b ? -1 : 1))
    .map(([key, network], index) => ({
      network: loaded.project.networks[key]?.name ?? key,
      ...attachmentOf(context, { key, network: network ?? {}, first: index === 0 }),
      aliases: aliasesOf(context, { key, network: network ?? {}, ...container }),
    }));
}

type Entry = { readonly key: string; readonly network: ServiceNetwork; readonly first: boolean };

function attachmentOf(context: SpecContext, { key, network, first }: Entry): Partial<NetworkAttachment> {
  if ((network.link_local_ips ?? []).length > 0) {
    throw refuseAttribute(context, {
      path: ["networks", key, "link_local_ips"],
      why: "endpoints of bridge networks have none here",
      fix: "leave it out",
    });
  }
  const options = readEndpointOptions(Object.entries(network.driver_opts ?? {}).map((pair) => pair.join("=")));
  if ("option" in options) {
    throw refuseAttribute(context, {
      path: ["networks", key, "driver_opts"],
      why: `"${options.option}" is no option of an endpoint: ${options.wanted}`,
    });
  }
  const interfaceName = network.interface_name ?? options.interfaceName;
  const mac = network.mac_address ?? (first ? context.service.mac_address : undefined);
  return {
    ...(network.ipv4_address === undefined ? {} : { ipv4: network.ipv4_address }),
    ...(network.ipv6_address === undefined ? {} : { ipv6: network.ipv6_address }),
    ...(mac === undefined ? {} : { mac }),
    ...(interfaceName === undefined ? {} : { interfaceName }),
    ...(options.sysctls.length === 0 ? {} : { sysctls: options.sysctls }),
  };
}

/** The service's name, its aliases, and the names that links of other services give it; a one-off has only its container's name. */
function aliasesOf(
  { name, loaded }: SpecContext,
  { key, network, oneOff }: OfContainer & { readonly key: string; readonly network: ServiceNetwork },
): string[] {
  if (oneOff) return [];
  const linked = Object.values(loaded.project.services).flatMap(({ links = [], networks = {} }) =>
    Object.hasOwn(networks, key) ? links.map((link) => link.split(":")).filter(([target]) => target === name) : [],
  );
  return [...new Set([name, ...(network.aliases ?? []), ...linked.flatMap(([, alias]) => alias ?? [])])];
}

type PortOf = OfContainer & { readonly index: number };

function mappingOf(context: SpecContext, port: Port, { index, share }: PortOf): PortMapping {
  const [, first = "0", last = first] = /^(\d+)(?:-(\d+))?$/.exec(port.published ?? "0") ?? [];
  const { protocol, target, host_ip } = port;
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp")
    throw refuseAttribute(context, {
      path: ["ports", index, "protocol"],
      why: `"${protocol}" is none of tcp, udp, sctp`,
    });
  const mapping = { hostIp: host_ip ?? "", containerPort: target, protocol, range: 1 } as const;
  // Out of a range the start takes one, as Docker's does: what is free at one moment need not be so at the next.
  if (first !== last) return { ...mapping, hostPort: 0, among: { first: Number(first), last: Number(last) } };
  const hostPort = Number(first);
  return { ...mapping, hostPort, ...(share !== undefined && hostPort !== 0 ? { share } : {}) };
}
