import type { ContainerSummary } from "../../engine/list.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { NetworkAttachment, PortMapping } from "../../state/spec/network.ts";
import { isUp } from "./state.ts";

type Address = NonNullable<NonNullable<ContainerSummary["state"]>["address"]>;

const NO_ADDRESS: Address = { ip: "", prefixLength: 0, gateway: "", mac: "" };

/** `NetworkSettings` of inspect. */
export function inspectNetwork(
  { record, status, state }: ContainerSummary,
  podPorts: readonly PortMapping[] = [],
): Record<string, unknown> {
  // `init` has connected it already.
  const up = isUp(status) || status === "initialized";
  const pid = up && record.spec.network !== "host" ? state?.init?.pid : undefined;
  return {
    ...inspectEndpoint((up ? state?.address : undefined) ?? NO_ADDRESS),
    Bridge: "",
    SandboxID: "",
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    // Of one that does not run: the ports it will have, but for those that are chosen when it starts.
    Ports: inspectPorts(
      record.exposed,
      up ? [...(state?.ports ?? []), ...podPorts] : record.spec.ports.filter(({ hostPort }) => hostPort > 0),
    ),
    SandboxKey: pid === undefined ? "" : `/proc/${pid}/ns/net`,
    Networks: inspectEndpoints(record, up ? state : undefined),
  };
}

function inspectEndpoints(record: ContainerRecord, state: ContainerSummary["state"]): Record<string, unknown> {
  if (record.spec.network !== "bridge") return {};
  const shortId = record.id.slice(0, 12);
  if (record.spec.networks === undefined)
    return { bridge: joined(state?.address ?? NO_ADDRESS, { id: "bridge", aliases: [shortId] }) };
  const { networks } = record.spec;
  // A change that was cut off: it was started without naming a network, or has not left one yet.
  const started = state?.address === undefined ? [] : [{ ...state.address, network: "bridge", networkId: "bridge" }];
  const endpoints = state?.endpoints ?? started;
  const unleft = endpoints.filter((made) => networks.every(({ network }) => network !== made.network));
  const all: readonly NetworkAttachment[] = [...networks, ...unleft.map(({ network }) => ({ network }))];
  return Object.fromEntries(
    all.map(({ network, ipv4, ipv6, aliases = [] }) => {
      const endpoint = endpoints.find((made) => made.network === network);
      const wanted = ipv4 === undefined && ipv6 === undefined ? null : { IPv4Address: ipv4, IPv6Address: ipv6 };
      const facts = { id: endpoint?.networkId ?? network, aliases: [...aliases, shortId], wanted };
      return [network, joined(endpoint ?? NO_ADDRESS, facts)];
    }),
  );
}

type Joined = { readonly id: string; readonly aliases: readonly string[]; readonly wanted?: object | null };

function joined(address: Address, { id, aliases, wanted = null }: Joined): Record<string, unknown> {
  return {
    ...inspectEndpoint(address),
    NetworkID: id,
    DriverOpts: null,
    IPAMConfig: wanted,
    Links: null,
    Aliases: aliases,
  };
}

/** `PortBindings` of `HostConfig`: what was asked for. */
export function inspectBindings({ spec }: ContainerRecord): Record<string, unknown> {
  return bindingsOf(spec.ports);
}

/** Published ports as asked for, by port and protocol inside. */
export function bindingsOf(ports: readonly PortMapping[]): Record<string, unknown> {
  return inspectPorts([], ports);
}

function inspectEndpoint(address: Address): Record<string, unknown> {
  return {
    EndpointID: "",
    Gateway: address.gateway,
    IPAddress: address.ip,
    IPPrefixLen: address.prefixLength,
    IPv6Gateway: address.gateway6 ?? "",
    GlobalIPv6Address: address.ip6 ?? "",
    GlobalIPv6PrefixLen: address.prefixLength6 ?? 0,
    MacAddress: address.mac,
  };
}

function inspectPorts(exposed: readonly string[], published: readonly PortMapping[]): Record<string, unknown> {
  const ports: Record<string, { HostIp: string; HostPort: string }[] | null> = {};
  for (const port of exposed) ports[port] = null;
  for (const port of published) {
    for (let index = 0; index < port.range; index++) {
      const key = `${port.containerPort + index}/${port.protocol}`;
      ports[key] = [
        ...(ports[key] ?? []),
        { HostIp: port.hostIp === "" ? "0.0.0.0" : port.hostIp, HostPort: hostPortText(port, index) },
      ];
    }
  }
  return ports;
}

function hostPortText({ hostPort, among }: PortMapping, index: number): string {
  return among === undefined ? String(hostPort + index) : `${among.first}-${among.last}`;
}
