import type { NetworkDetails } from "../engine/network/list.ts";
import { goTime } from "../lib/go-template/time.ts";
import { Pairs } from "../lib/go-template/value.ts";
import { formatIp, ipv4At, parseIpv4Range } from "../network/address.ts";
import type { NetworkRecord, Subnet } from "../state/networks.ts";

/** A row of `network ls`, with the fields of both peers. */
export type NetworkRow = {
  readonly ID: string;
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly NetworkInterface: string;
  readonly Internal: boolean;
  readonly IPv6Enabled: boolean;
  readonly IPv6: boolean;
  readonly DNSEnabled: boolean;
  readonly Labels: Pairs;
  readonly Options: Readonly<Record<string, string>>;
  readonly Created: Date;
  readonly CreatedAt: Date;
};

/** A row of the table. */
export function networkRow(network: NetworkRecord, noTrunc: boolean): NetworkRow {
  const ipv6 = hasIpv6(network);
  return {
    ID: noTrunc ? network.id : network.id.slice(0, 12),
    Name: network.name,
    Driver: driverName(network),
    Scope: network.cluster === undefined ? "local" : "swarm",
    NetworkInterface: network.bridgeName,
    Internal: network.internal === true,
    IPv6Enabled: ipv6,
    IPv6: ipv6,
    DNSEnabled: network.dns === true,
    Labels: new Pairs(network.labels),
    Options: network.options,
    Created: goTime(network.createdAt),
    CreatedAt: goTime(network.createdAt),
  };
}

/** The document of a network in lists: Podman's. */
export function networkDocument(network: NetworkRecord): Record<string, unknown> {
  return {
    name: network.name,
    id: network.id,
    driver: driverName(network),
    network_interface: network.bridgeName,
    created: goTime(network.createdAt),
    ...(network.ipam === "none" ? {} : { subnets: network.subnets.map(subnetDocument) }),
    ipv6_enabled: hasIpv6(network),
    internal: network.internal === true,
    dns_enabled: network.dns === true,
    ...(Object.keys(network.labels ?? {}).length === 0 ? {} : { labels: network.labels }),
    ...(Object.keys(network.options).length === 0 ? {} : { options: network.options }),
    ...((network.routes ?? []).length === 0 ? {} : { routes: network.routes }),
    ...((network.nameservers ?? []).length === 0 ? {} : { network_dns_servers: network.nameservers }),
    ipam_options: { driver: network.ipam ?? "host-local" },
  };
}

/** The document of `network inspect`: Podman's. */
export function networkInspectDocument({ network, containers, holders }: NetworkDetails): Record<string, unknown> {
  return {
    ...networkDocument(network),
    ...(holders === undefined
      ? {}
      : { addresses: Object.fromEntries(holders.map(({ ip, owner, name }) => [ip, { name, owner }])) }),
    containers: Object.fromEntries(
      containers.map(({ record, endpoint }) => {
        const { ip, prefixLength, gateway, ip6, prefixLength6, gateway6, mac, interfaceName } = endpoint;
        const subnets = [
          ...(ip === "" ? [] : [{ ipnet: `${ip}/${prefixLength}`, gateway }]),
          ...(ip6 === undefined ? [] : [{ ipnet: `${ip6}/${prefixLength6}`, gateway: gateway6 }]),
        ];
        return [record.id, { name: record.name, interfaces: { [interfaceName]: { subnets, mac_address: mac } } }];
      }),
    ),
  };
}

/** What templates of `network inspect` see: Podman's fields as its Go names them, and Docker's. */
export function networkTemplateFields(details: NetworkDetails): Record<string, unknown> {
  const { network, containers } = details;
  const document = networkInspectDocument(details);
  return {
    ...document,
    ...networkRow(network, true),
    Labels: network.labels ?? {},
    Subnets: network.subnets.map(({ cidr, gateway }) => ({ Subnet: cidr, Gateway: gateway })),
    IPAMOptions: { driver: network.ipam ?? "host-local" },
    NetworkDNSServers: network.nameservers ?? [],
    Routes: (network.routes ?? []).map(({ destination, gateway, metric }) => ({
      Destination: destination,
      Gateway: gateway,
      Metric: metric,
    })),
    Id: network.id,
    EnableIPv6: hasIpv6(network),
    Attachable: (network.cluster ?? network).attachable === true,
    Ingress: network.cluster !== undefined && network.name === "ingress",
    IPAM: {
      Driver: "default",
      Options: null,
      Config: network.subnets.map(({ cidr, gateway, range }) => ({
        Subnet: cidr,
        Gateway: gateway,
        ...(range?.includes("/") ? { IPRange: range } : {}),
      })),
    },
    Containers: new Map(
      containers.map(({ record, endpoint }) => [
        record.id,
        {
          Name: record.name,
          MacAddress: endpoint.mac,
          IPv4Address: endpoint.ip === "" ? "" : `${endpoint.ip}/${endpoint.prefixLength}`,
          IPv6Address: endpoint.ip6 === undefined ? "" : `${endpoint.ip6}/${endpoint.prefixLength6}`,
        },
      ]),
    ),
  };
}

/** What the user called for: a network of the cluster is on bridges of its nodes. */
function driverName({ driver, cluster }: NetworkRecord): string {
  return cluster === undefined ? driver : "overlay";
}

function subnetDocument({ cidr, gateway, range }: Subnet): Record<string, unknown> {
  // Of a network of the cluster each node has its own.
  return {
    subnet: cidr,
    ...(gateway === "" ? {} : { gateway }),
    ...(range === undefined ? {} : { lease_range: leaseRange(range) }),
  };
}

function leaseRange(range: string): { start_ip: string; end_ip: string } | undefined {
  const part = parseIpv4Range(range);
  return part && { start_ip: formatIp(ipv4At(part.first)), end_ip: formatIp(ipv4At(part.last)) };
}

function hasIpv6({ subnets }: NetworkRecord): boolean {
  return subnets.some(({ family }) => family === 6);
}
