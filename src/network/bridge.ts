import { existsSync, readdirSync } from "node:fs";
import { ERRNO } from "../host/errno.ts";
import { filterVlans } from "../host/netlink/bridge-vlan.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import {
  AF_INET6,
  addAddress,
  addBridge,
  addLoopbackRoute,
  findLink,
  IFF_UP,
  type Link,
  listRoutes,
  RTPROT_RA,
  setLinkUp,
} from "../host/netlink/route.ts";
import type { NetlinkSocket } from "../host/netlink/socket.ts";
import { readSysctl, writeSysctl } from "../host/sysctl.ts";
import { EstibaError } from "../lib/error.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { macOf, parseCidr, parseIp, parseMac } from "./address.ts";
import { bridgeOptions } from "./driver-options.ts";

/** True when this kernel has IPv6 at all. */
export function hostHasIpv6(): boolean {
  return existsSync("/proc/sys/net/ipv6");
}

/** The kernel has no IPv6 on an interface of shorter packets (RFC 8200). */
export const LEAST_IPV6_MTU = 1280;

/** False where the packets of a network are too short for IPv6. */
export function fitsIpv6(network: Pick<NetworkRecord, "options">): boolean {
  return (bridgeOptions(network).mtu ?? LEAST_IPV6_MTU) >= LEAST_IPV6_MTU;
}

/**
 * True when a port published on [::1] can reach a container. Where the bridge calls ip6tables (br_netfilter, switched on by Docker and
 * Kubernetes), answers are given their old address ::1 so early that the kernel takes them for forged ones.
 */
export function canPublishLoopback6(): boolean {
  return hostHasIpv6() && readSysctl("net/bridge/bridge-nf-call-ip6tables") !== "1";
}

/**
 * Makes the network's bridge if it is not there, complete with gateway addresses and sysctls, and returns its index. Several processes
 * may do it at once. A bridge is switched on last, so one that is down is an unfinished one and is finished here. `alias` says whose it is.
 */
export function ensureBridge(socket: NetlinkSocket, network: NetworkRecord, alias?: string): number {
  const found = findLink(socket, network.bridgeName);
  const link =
    found !== undefined && (found.flags & IFF_UP) !== 0 ? found : buildBridge(socket, network, { found, alias });
  // Whoever switches forwarding off later (a reload of sysctl.conf) is healed by the next start.
  writeSysctl("net/ipv4/ip_forward", "1");
  return link.index;
}

type Building = { readonly found: Link | undefined; readonly alias: string | undefined };

function buildBridge(socket: NetlinkSocket, network: NetworkRecord, { found, alias }: Building): Link {
  const name = network.bridgeName;
  const { mtu, vlan } = bridgeOptions(network);
  if (found === undefined) {
    const create = new NetlinkWriter();
    addBridge(create, { name, mac: bridgeMac(network), mtu, alias });
    socket.exchange(`making the bridge ${name}`, create, [ERRNO.EEXIST]);
  }
  const link = findLink(socket, name);
  if (link === undefined || link.kind !== "bridge")
    throw notABridge(name, `rename or delete it: ip link delete ${name}`);
  setBridgeSysctls(name);
  forwardIpv6(socket);
  const finish = new NetlinkWriter();
  if (vlan !== undefined) filterVlans(finish, link.index, vlan);
  for (const { cidr, gateway, family } of network.subnets) {
    const range = parseCidr(cidr);
    const address = parseIp(gateway);
    if (range === undefined || address === undefined || (family === 6 && !hostHasIpv6())) continue;
    addAddress(finish, { index: link.index, prefix: range.prefix, address });
  }
  setLinkUp(finish, { index: link.index });
  if (hostHasIpv6() && fitsIpv6(network)) addLoopbackRoute(finish, link.index);
  socket.exchange(`giving the bridge ${name} its addresses`, finish, [ERRNO.EEXIST]);
  return link;
}

/** Whether a bridge's ports reach each other only by way of the host. */
export function isolatesPorts(network: NetworkRecord): boolean {
  // Where bridged packets meet the rules, those keep siblings apart, and an isolated port would lose published ports of siblings.
  return !bridgeOptions(network).siblings && readSysctl("net/bridge/bridge-nf-call-iptables") !== "1";
}

// A bridge without a MAC of its own takes the lowest of its ports' and changes it when ports come and go: containers would keep a dead
// neighbour entry for their gateway.
function bridgeMac(network: NetworkRecord): Uint8Array {
  const gateway = network.subnets.find(({ family }) => family === 4)?.gateway ?? "";
  // Without IPv4 it follows from the network's id.
  const four = parseIp(gateway) ?? Buffer.from(network.id.slice(0, 8), "hex");
  return parseMac(macOf(four)) ?? new Uint8Array(6);
}

function setBridgeSysctls(name: string): void {
  // 127.0.0.1:PORT of the host is rewritten to a container; the table's raw_pre chain keeps containers from abusing it.
  writeSysctl(`net/ipv4/conf/${name}/route_localnet`, "1");
  // Loose: a reply may take another of a container's networks.
  writeSysctl(`net/ipv4/conf/${name}/rp_filter`, "2");
  writeSysctl(`net/ipv6/conf/${name}/disable_ipv6`, "0");
  writeSysctl(`net/ipv6/conf/${name}/accept_ra`, "0");
  // The link-local address, which asks for neighbours, would be no good for two seconds.
  writeSysctl(`net/ipv6/conf/${name}/accept_dad`, "0");
}

function forwardIpv6(socket: NetlinkSocket): void {
  if (!hostHasIpv6() || readSysctl("net/ipv6/conf/all/forwarding") === "1") return;
  // A forwarding host ignores router advertisements unless told otherwise, and would lose the default route it got by them.
  const learned = new Set(
    listRoutes(socket, AF_INET6).flatMap(({ index, protocol }) => (protocol === RTPROT_RA ? [index] : [])),
  );
  if (learned.size > 0) {
    for (const name of readdirSync("/proc/sys/net/ipv6/conf")) {
      const link = name === "all" || name === "default" ? undefined : findLink(socket, name);
      if (link === undefined || !learned.has(link.index)) continue;
      if (readSysctl(`net/ipv6/conf/${name}/accept_ra`) === "1") writeSysctl(`net/ipv6/conf/${name}/accept_ra`, "2");
    }
  }
  writeSysctl("net/ipv6/conf/all/forwarding", "1");
}

/** The error for an interface where a bridge is expected. */
export function notABridge(name: string, fix: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.not_a_bridge",
    what: `the interface ${name} is there, but it is no bridge`,
    fix,
  });
}
