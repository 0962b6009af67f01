import { ERRNO } from "../host/errno.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import {
  AF_INET,
  AF_INET6,
  addAddress,
  addRoute,
  addVethPair,
  deleteDefaultRoute,
  deleteLink,
  findLink,
  listLinks,
  listRoutes,
  setLinkUp,
} from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { requireWayOut } from "../host/rootless/own-network.ts";
import { writeSysctl } from "../host/sysctl.ts";
import { EstibaError } from "../lib/error.ts";
import type { Lease } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { parseCidr, parseIp, parseMac } from "./address.ts";
import { ensureBridge, hostHasIpv6, isolatesPorts } from "./bridge.ts";
import { addChild, nameChild } from "./child-link.ts";
import { bridgeOptions, ownsBridge } from "./driver-options.ts";
import { foreignBridge } from "./foreign-bridge.ts";
import { newHostsEnd } from "./hosts-end.ts";
import { LOOPBACK_INDEX } from "./loopback.ts";
import type { Netns } from "./netns.ts";
import { enterVlan } from "./vlan.ts";

export type EndpointOptions = {
  /** Stands as the alias of the host's end, so that it can be traced back. */
  containerId: string;
  /** The name inside the container. */
  interfaceName: string;
  /** Counts the endpoints of a new namespace from 0; "next" in a namespace that is in use. */
  position?: number | "next";
  /** The families whose gateways become the container's way out; by default both. */
  leadsOut?: readonly (4 | 6)[];
  /** Stands as the alias of a bridge that has to be made. */
  bridgeAlias?: string | undefined;
  /** NAME=VALUE, set when the interface is there. */
  sysctls?: readonly string[];
};

const EAFNOSUPPORT = 97;
const EADDRINUSE = 98;
const ENETUNREACH = 101;
const ESRCH = 3;
const FREED_WITHIN_MS = 5_000;
const FREED_PAUSE_MS = 5;

/**
 * Attaches the namespace to the network: bridge (made if need be), veth pair, addresses of the lease, default routes, loopback. When it
 * throws, disposing the namespace takes away what was made, except the bridge. Throws the kernel's refusal as an EstibaError.
 */
export function connectEndpoint(netns: Netns, network: NetworkRecord, lease: Lease, options: EndpointOptions): void {
  const { position = 0, interfaceName, leadsOut = [4, 6] } = options;
  if (network.internal !== true) requireWayOut();
  // Chosen by us in a new namespace, so that nothing has to be asked back; 1 is the loopback's.
  const chosen = position === "next" ? 0 : LOOPBACK_INDEX + 1 + position;
  const { mtu } = bridgeOptions(network);
  using host = new NetlinkSocket(NETLINK.ROUTE);
  const child = network.driver === "bridge" ? undefined : `est${options.containerId.slice(0, 12)}`;
  // A connect that was cut off has left it, perhaps.
  if (child !== undefined && position === "next") removeChild(netns, child);
  const port =
    child === undefined ? attachToBridge(host, { netns, network, lease, options, index: chosen }) : undefined;
  if (child !== undefined) addChild(host, network, { name: child, mac: macBytes(lease), mtu, netnsFd: netns.fd });
  using inside = new NetlinkSocket(NETLINK.ROUTE, netns.fd);
  const index =
    child !== undefined
      ? nameChild(inside, child, interfaceName)
      : chosen === 0
        ? (findLink(inside, interfaceName)?.index ?? 0)
        : chosen;
  if (network.driver === "macvlan") switchOnLater(inside, interfaceName, index);
  inside.exchange(`setting ${interfaceName} up`, insideMessages(network, lease, index, leadsOut));
  if (port !== undefined) switchOnPort(host, port);
  setSysctls(netns, interfaceName, options.sysctls ?? []);
}

// A container that has just ended had the same address, perhaps, and so the same MAC; the kernel frees its interface a moment later.
function switchOnLater(inside: NetlinkSocket, interfaceName: string, index: number): void {
  const deadline = performance.now() + FREED_WITHIN_MS;
  for (;;) {
    const writer = new NetlinkWriter();
    setLinkUp(writer, { index });
    const tolerated = performance.now() < deadline ? [EADDRINUSE] : [];
    if (inside.exchange(`setting ${interfaceName} up`, writer, tolerated).failures.length === 0) return;
    Bun.sleepSync(FREED_PAUSE_MS);
  }
}

type Attaching = {
  readonly netns: Netns;
  readonly network: NetworkRecord;
  readonly lease: Lease;
  readonly options: EndpointOptions;
  readonly index: number;
};

// The last of all: as soon as there is a carrier, the kernel tells every port of the bridge what the newcomer listens to, and until then
// holds up who says more.
function switchOnPort(host: NetlinkSocket, name: string): void {
  const writer = new NetlinkWriter();
  setLinkUp(writer, { name });
  host.exchange(`setting ${name} up`, writer);
}

/** Gives the name of the port, which is off yet. */
function attachToBridge(host: NetlinkSocket, { netns, network, lease, options, index }: Attaching): string {
  const { mtu } = bridgeOptions(network);
  const { bridgeName } = network;
  const owned = ownsBridge(network);
  const bridgeIndex = owned ? ensureBridge(host, network, options.bridgeAlias) : foreignBridge(host, bridgeName);
  const pair = new NetlinkWriter();
  const name = newHostsEnd();
  addVethPair(pair, {
    name,
    alias: `${options.containerId} ${network.name}`,
    bridgeIndex,
    mtu,
    isolated: isolatesPorts(network),
    peer: { name: options.interfaceName, index, mac: macBytes(lease), netnsFd: netns.fd },
  });
  // Without IPv6, or with packets too short for it, there is nothing to switch off.
  host.exchange(`attaching to the bridge ${bridgeName}`, pair, [EAFNOSUPPORT]);
  // On a bridge of ours every port is in it.
  if (!owned) enterVlan(host, network, name);
  return name;
}

// `IFNAME` in a name stands for the interface, as with Docker.
function setSysctls(netns: Netns, interfaceName: string, sysctls: readonly string[]): void {
  if (sysctls.length === 0) return;
  for (const text of sysctls) {
    const [name = "", value = ""] = text.split("=", 2);
    const parts = name.split(".").map((part) => (part === "IFNAME" ? interfaceName : part));
    writeSysctl(parts.join("/"), value, netns.fd);
  }
}

/** Takes an interface beside one of the host's away from a namespace; nothing happens when it is not there. */
export function removeChild(netns: Netns, interfaceName: string): void {
  using inside = new NetlinkSocket(NETLINK.ROUTE, netns.fd);
  if (findLink(inside, interfaceName) === undefined) return;
  const writer = new NetlinkWriter();
  deleteLink(writer, { name: interfaceName });
  inside.exchange(`removing the interface ${interfaceName}`, writer);
}

/**
 * Takes the container's interface on a bridge away, with its addresses and routes; nothing happens when it has none. The alias of its
 * end on the host tells it apart, so the namespace may be anybody's. Looks through all interfaces of the host.
 */
export function removeEndpoint(containerId: string, networkName: string): void {
  using host = new NetlinkSocket(NETLINK.ROUTE);
  const writer = new NetlinkWriter();
  const alias = `${containerId} ${networkName}`;
  const links = listLinks(host).filter((link) => link.alias === alias);
  if (links.length === 0) return;
  for (const { index } of links) deleteLink(writer, { index });
  const ENODEV = 19;
  host.exchange(`detaching from the network ${networkName}`, writer, [ENODEV]);
}

/** Makes the gateway of a network the container's way out for a family, in the place of any other. */
export function setDefaultRoute(netns: Netns, network: NetworkRecord, interfaceName: string, wanted: 4 | 6): void {
  using inside = new NetlinkSocket(NETLINK.ROUTE, netns.fd);
  const link = findLink(inside, interfaceName);
  if (link === undefined) return;
  const { metric } = bridgeOptions(network);
  for (const { gateway: text, family } of network.subnets) {
    const gateway = parseIp(text);
    if (gateway === undefined || family !== wanted || (family === 6 && !hostHasIpv6())) continue;
    const present = listRoutes(inside, family === 4 ? AF_INET : AF_INET6).filter(({ prefix }) => prefix === 0);
    if (present.length === 1 && present[0]?.index === link.index) continue;
    const writer = new NetlinkWriter();
    for (const _ of present) deleteDefaultRoute(writer, family);
    addRoute(writer, { index: link.index, gateway, metric });
    // IPv6 is off in there; or another took it away meanwhile.
    inside.exchange("setting the default route", writer, [ERRNO.EEXIST, ENETUNREACH, ESRCH]);
  }
}

function insideMessages(
  network: NetworkRecord,
  lease: Lease,
  index: number,
  leadsOut: readonly (4 | 6)[],
): NetlinkWriter {
  const writer = new NetlinkWriter();
  const gateways: Uint8Array[] = [];
  setLinkUp(writer, { index: LOOPBACK_INDEX });
  // Up before the routes, or the kernel refuses them.
  setLinkUp(writer, { index });
  for (const subnet of network.subnets) {
    const text = subnet.family === 4 ? lease.ipv4 : hostHasIpv6() ? lease.ipv6 : undefined;
    const address = text === undefined ? undefined : parseIp(text);
    const range = parseCidr(subnet.cidr);
    const gateway = parseIp(subnet.gateway);
    if (address === undefined || range === undefined || gateway === undefined) continue;
    addAddress(writer, { index, prefix: range.prefix, address });
    gateways.push(gateway);
  }
  const { metric } = bridgeOptions(network);
  for (const gateway of gateways)
    if (leadsOut.includes(gateway.length === 4 ? 4 : 6)) addRoute(writer, { index, gateway, metric });
  for (const route of network.routes ?? []) {
    const [gateway, destination] = [parseIp(route.gateway), parseCidr(route.destination)];
    // Of a family that the container does not have here.
    if (gateway === undefined || !gateways.some(({ length }) => length === gateway.length)) continue;
    addRoute(writer, { index, gateway, destination, metric: route.metric });
  }
  return writer;
}

function macBytes(lease: Lease): Uint8Array {
  const mac = parseMac(lease.mac);
  if (mac !== undefined) return mac;
  throw new EstibaError("invalid", {
    reason: "network.wrong_mac",
    what: `"${lease.mac}" is no MAC address`,
    fix: "write six pairs of hexadecimal digits, such as 02:42:0a:40:00:02",
  });
}
