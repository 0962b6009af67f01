import { closeSync, constants, openSync } from "node:fs";
import { insideNetns, makeNetns } from "../host/namespace.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { addAddress, addDefaultRoute, addVethPair, setLinkUp } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { writeSysctl } from "../host/sysctl.ts";
import { EstibaError } from "../lib/error.ts";
import type { Lease } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { parseCidr, parseIp, parseMac } from "./address.ts";
import { ensureBridge, hostHasIpv6 } from "./bridge.ts";

/**
 * A network namespace that this process holds by a descriptor. Nothing is mounted: it ends with its last process once this is disposed,
 * and its interfaces with it.
 */
export type Netns = Disposable & {
  readonly fd: number;
  /** Where another process opens it, as long as this one lives and has not disposed it. */
  readonly path: string;
};

export type EndpointOptions = {
  /** Stands as the alias of the host's end, so that it can be traced back. */
  containerId: string;
  /** The name inside the container. */
  interfaceName: string;
  /** 0 for the container's first endpoint, which gets the default routes. */
  position?: number;
};

const LOOPBACK_INDEX = 1;

/** Makes an empty network namespace; its loopback is still off. */
export function createNetns(): Netns {
  return held(makeNetns(setDefaults));
}

/** The network namespace at a path, which a runtime has made just now, in the state in which {@link createNetns} makes one. */
export function openNetns(path: string): Netns {
  const netns = held(openSync(path, constants.O_RDONLY));
  insideNetns(netns.fd, setDefaults);
  return netns;
}

// Addresses usable at once, also the link-local one; and no sibling may advertise itself as a router.
function setDefaults(): void {
  writeSysctl("net/ipv6/conf/default/accept_dad", "0");
  writeSysctl("net/ipv6/conf/default/accept_ra", "0");
}

function held(fd: number): Netns {
  let open = true;
  return {
    fd,
    path: `/proc/${process.pid}/fd/${fd}`,
    [Symbol.dispose]: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}

/** Switches the loopback interface on, all that the network `none` has. */
export function loopbackOnly(netns: Netns): void {
  using socket = insideNetns(netns.fd, () => new NetlinkSocket(NETLINK.ROUTE));
  const writer = new NetlinkWriter();
  setLinkUp(writer, { index: LOOPBACK_INDEX });
  socket.exchange("switching the loopback interface on", writer);
}

/**
 * Attaches the namespace to the network: bridge (made if need be), veth pair, addresses of the lease, default routes, loopback. When it
 * throws, disposing the namespace takes away what was made, except the bridge. Throws the kernel's refusal as an EstibaError.
 */
export function connectEndpoint(netns: Netns, network: NetworkRecord, lease: Lease, options: EndpointOptions): void {
  const position = options.position ?? 0;
  // Chosen by us, so that nothing has to be asked back; 1 is the loopback's.
  const index = LOOPBACK_INDEX + 1 + position;
  using host = new NetlinkSocket(NETLINK.ROUTE);
  const bridgeIndex = ensureBridge(host, network);
  const pair = new NetlinkWriter();
  addVethPair(pair, {
    // Random: the name of a pair that has just gone is freed late, and would be refused.
    name: `veth${randomHex(11)}`,
    alias: `${options.containerId} ${network.name}`,
    bridgeIndex,
    peer: { name: options.interfaceName, index, mac: macBytes(lease), netnsFd: netns.fd },
  });
  host.exchange(`attaching to the bridge ${network.bridgeName}`, pair);
  using inside = insideNetns(netns.fd, () => new NetlinkSocket(NETLINK.ROUTE));
  inside.exchange(`setting ${options.interfaceName} up`, insideMessages(network, lease, index, position === 0));
}

function insideMessages(network: NetworkRecord, lease: Lease, index: number, withRoutes: boolean): NetlinkWriter {
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
  if (withRoutes) for (const gateway of gateways) addDefaultRoute(writer, index, gateway);
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

function randomHex(digits: number): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8)))
    .toString("hex")
    .slice(0, digits);
}
