import { NetlinkWriter } from "../host/netlink/message.ts";
import { addAddress, deleteAddress, findLink, type InterfaceAddress, setLinkAddress } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { writeSysctls } from "../host/sysctl.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { parseCidr, parseIp, parseMac } from "./address.ts";
import { hostHasIpv6 } from "./bridge.ts";
import { LOOPBACK_INDEX } from "./loopback.ts";
import type { Netns } from "./netns.ts";

/** A container's interface on a bridge. */
export type ContainerInterface = { readonly netns: Netns; readonly name: string; readonly network: NetworkRecord };

const EEXIST = 17;
const EADDRNOTAVAIL = 99;

/**
 * Makes addresses the container's own without any neighbour's learning of it: programs can bind to them before, and use them after, the
 * time in which they lead here. Idempotent.
 */
export function hideAddresses(to: ContainerInterface, addresses: readonly string[]): void {
  // Nobody who asks for them gets an answer, nor sees them as the source of a question; and who has them may ask.
  setNeighbourRules(to, { arp_ignore: "1", arp_announce: "2", accept_local: "1" });
  change(to, (writer) => {
    for (const address of addresses) addAddress(writer, alone(address));
  });
}

/** Gives an interface further addresses, at which it answers. Idempotent. */
export function addAddresses(to: ContainerInterface, addresses: readonly string[]): void {
  change(to, (writer, index) => {
    for (const address of addresses) addAddress(writer, onNetwork(to.network, address, index));
  });
}

/** Takes addresses off an interface; others that it has go on, with the routes. Idempotent. */
export function dropAddresses(from: ContainerInterface, addresses: readonly string[]): void {
  setNeighbourRules(from, { promote_secondaries: "1" });
  change(from, (writer, index) => {
    for (const address of addresses) deleteAddress(writer, onNetwork(from.network, address, index));
  });
}

/** Lets an interface answer for every address of the container again, also for those that are not its own. */
export function answerForAll(on: ContainerInterface): void {
  setNeighbourRules(on, { arp_ignore: "0" });
}

/** Gives an interface a MAC address, or the one that it has once more, and tells all neighbours of it and of the addresses. */
export function announce(on: ContainerInterface, mac: string): void {
  setNeighbourRules(on, { arp_notify: "1" });
  writeSysctls(`net/ipv6/conf/${on.name}`, { ndisc_notify: "1" }, on.netns.fd);
  const bytes = parseMac(mac);
  if (bytes === undefined) throw new TypeError(`a lease has no MAC address: ${mac}`);
  change(on, (writer, index) => setLinkAddress(writer, { index }, bytes));
}

function setNeighbourRules({ netns, name }: ContainerInterface, values: Readonly<Record<string, string>>): void {
  writeSysctls(`net/ipv4/conf/${name}`, values, netns.fd);
}

function change({ netns, name }: ContainerInterface, write: (writer: NetlinkWriter, index: number) => void): void {
  using socket = new NetlinkSocket(NETLINK.ROUTE, netns.fd);
  const link = findLink(socket, name);
  // Somebody in the container may have taken it away.
  if (link === undefined) return;
  const writer = new NetlinkWriter();
  write(writer, link.index);
  if (writer.expected.length > 0)
    socket.exchange(`moving addresses of the interface ${name}`, writer, [EEXIST, EADDRNOTAVAIL]);
}

function alone(text: string): InterfaceAddress {
  const address = parseIp(text) ?? new Uint8Array();
  return { index: LOOPBACK_INDEX, prefix: address.length * 8, address };
}

function onNetwork({ subnets }: NetworkRecord, text: string, index: number): InterfaceAddress {
  const address = parseIp(text) ?? new Uint8Array();
  const subnet = subnets.find(({ family }) => (family === 4 ? 4 : 16) === address.length);
  return { index, prefix: parseCidr(subnet?.cidr ?? "")?.prefix ?? address.length * 8, address };
}

/** The addresses that a container can have here: those of IPv6 only where the host has that. */
export function usableAddresses(...addresses: readonly (string | undefined)[]): string[] {
  return addresses.filter((address) => address !== undefined && (!address.includes(":") || hostHasIpv6())) as string[];
}
