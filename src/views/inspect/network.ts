import type { ContainerSummary } from "../../engine/list.ts";
import type { ContainerRecord } from "../../state/container.ts";
import type { PortMapping } from "../../state/spec/network.ts";
import { isUp } from "./state.ts";

type Address = NonNullable<NonNullable<ContainerSummary["state"]>["address"]>;

const NO_ADDRESS: Address = { ip: "", prefixLength: 0, gateway: "", mac: "" };

/** `NetworkSettings` of inspect. */
export function inspectNetwork({ record, status, state }: ContainerSummary): Record<string, unknown> {
  // `init` has connected it already.
  const up = isUp(status) || status === "initialized";
  const endpoint = inspectEndpoint((up ? state?.address : undefined) ?? NO_ADDRESS);
  const joined = {
    ...endpoint,
    NetworkID: "bridge",
    DriverOpts: null,
    IPAMConfig: null,
    Links: null,
    Aliases: [record.id.slice(0, 12)],
  };
  const pid = up && record.spec.network !== "host" ? state?.init?.pid : undefined;
  return {
    ...endpoint,
    Bridge: "",
    SandboxID: "",
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    // Of one that does not run: the ports it will have, but for those that are chosen when it starts.
    Ports: inspectPorts(
      record.exposed,
      up ? (state?.ports ?? []) : record.spec.ports.filter(({ hostPort }) => hostPort > 0),
    ),
    SandboxKey: pid === undefined ? "" : `/proc/${pid}/ns/net`,
    Networks: record.spec.network === "bridge" ? { bridge: joined } : {},
  };
}

/** `PortBindings` of `HostConfig`: what was asked for. */
export function inspectBindings({ spec }: ContainerRecord): Record<string, unknown> {
  return inspectPorts([], spec.ports);
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
        { HostIp: port.hostIp === "" ? "0.0.0.0" : port.hostIp, HostPort: String(port.hostPort + index) },
      ];
    }
  }
  return ports;
}
