import {
  attributeNumber,
  attributeText,
  type NetlinkMessage,
  NetlinkWriter,
  NLM_F,
  parseAttributes,
} from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/veth.h
const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
} as const;
const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  IFALIAS: 20,
  AF_SPEC: 26,
  NET_NS_FD: 28,
  NUM_TX_QUEUES: 31,
  NUM_RX_QUEUES: 32,
} as const;
const INET6_ADDR_GEN_MODE = 8;
const ADDR_GEN_MODE_NONE = 1;
const INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
const VETH_INFO_PEER = 1;
/** IFLA_MACVLAN_MODE, IFLA_IPVLAN_MODE */
const CHILD_MODE = 1;
const BRIDGE = { FORWARD_DELAY: 1, STP_STATE: 5 } as const;
const PORT_HAIRPIN = 4;
const PORT_ISOLATED = 33;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;
const IFA_F_NODAD = 2;
const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6 } as const;
const RT_TABLE_MAIN = 254;
const RT_TABLE_LOCAL = 255;
const RTPROT_BOOT = 3;
const LOOPBACK_METRIC = 65_536;
const RTN_UNICAST = 1;
const RTN_LOCAL = 2;

/** `IFF_UP`: the interface is switched on. */
export const IFF_UP = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
/** `RTPROT_RA`: a route learned from a router advertisement. */
export const RTPROT_RA = 9;

export type LinkRef = { index: number } | { name: string };
export type Link = { index: number; name: string; flags: number; master: number; alias: string; kind: string };
/** An address of an interface, in network order. */
export type InterfaceAddress = { index: number; prefix: number; address: Uint8Array };
/** A unicast route; `destination` is empty for a default route. */
export type Route = { index: number; prefix: number; destination: Uint8Array; protocol: number };

const CREATE = NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL;
const CHANGE = NLM_F.REQUEST | NLM_F.ACK;

function linkHeader(writer: NetlinkWriter, link: LinkRef, flags = 0): void {
  writer
    .u32(0)
    .u32("index" in link ? link.index : 0)
    .u32(flags)
    .u32(flags);
  if ("name" in link) writer.attributeString(IFLA.IFNAME, link.name);
}

/** A bridge to be made; `alias` is shown by `ip link`. */
export type NewBridge = { name: string; mac: Uint8Array; mtu?: number | undefined; alias?: string | undefined };

/** A bridge with a fixed MAC (an unpinned one takes the lowest MAC of its ports and changes), no STP, no forwarding delay, switched off. */
export function addBridge(writer: NetlinkWriter, { name, mac, mtu, alias }: NewBridge): void {
  writer.message(RTM.NEWLINK, CREATE, () => {
    linkHeader(writer, { name });
    if (mtu !== undefined) writer.attributeU32(IFLA.MTU, mtu);
    writer.attributeBytes(IFLA.ADDRESS, mac).attribute(IFLA.LINKINFO, () => {
      writer.attributeString(INFO.KIND, "bridge").attribute(INFO.DATA, () => {
        writer.attributeU32(BRIDGE.FORWARD_DELAY, 0).attributeU32(BRIDGE.STP_STATE, 0);
      });
    });
  });
  if (alias === undefined) return;
  // A message of its own: the kernel takes no alias for an interface that it is just making.
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { name });
    writer.attributeString(IFLA.IFALIAS, alias);
  });
}

/** Both ends of a veth pair: ours on the bridge and switched on, the peer inside another namespace with a chosen index. */
export type VethPair = {
  name: string;
  /** Shown by `ip link`; who owns it. */
  alias: string;
  bridgeIndex: number;
  /** Of both ends; undefined for the kernel's default. */
  mtu?: number | undefined;
  /** The port reaches other ports only by way of the host, where the rules are. */
  isolated?: boolean;
  /** Index 0 lets the kernel choose. */
  peer: { name: string; index: number; mac: Uint8Array; netnsFd: number };
};

// What a veth has anyway: not told so, the kernel makes one for each processor and takes them away again, with two grace periods of waiting.
function oneQueue(writer: NetlinkWriter): void {
  writer.attributeU32(IFLA.NUM_TX_QUEUES, 1).attributeU32(IFLA.NUM_RX_QUEUES, 1);
}

/**
 * Makes the pair and turns hairpin on for its bridge port, so that a container reaches its own published port also where br_netfilter
 * is on. The peer may not be switched on here: the pair is not linked yet (ENOTCONN).
 */
export function addVethPair(writer: NetlinkWriter, pair: VethPair): void {
  writer.message(RTM.NEWLINK, CREATE, () => {
    linkHeader(writer, { name: pair.name });
    writer.attributeU32(IFLA.MASTER, pair.bridgeIndex);
    if (pair.mtu !== undefined) writer.attributeU32(IFLA.MTU, pair.mtu);
    oneQueue(writer);
    writer.attribute(IFLA.LINKINFO, () => {
      writer.attributeString(INFO.KIND, "veth").attribute(INFO.DATA, () => {
        writer.attribute(VETH_INFO_PEER, () => {
          writer.u32(0).u32(pair.peer.index).u32(0).u32(0);
          writer
            .attributeString(IFLA.IFNAME, pair.peer.name)
            .attributeBytes(IFLA.ADDRESS, pair.peer.mac)
            .attributeU32(IFLA.NET_NS_FD, pair.peer.netnsFd);
          if (pair.mtu !== undefined) writer.attributeU32(IFLA.MTU, pair.mtu);
          oneQueue(writer);
        });
      });
    });
  });
  // A port of a bridge has no use for an address, and the kernel would have a route more to look through for each container.
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { name: pair.name });
    writer.attribute(IFLA.AF_SPEC, () => {
      writer.attribute(AF_INET6, () => writer.attributeU8(INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE));
    });
  });
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { name: pair.name });
    writer.attributeString(IFLA.IFALIAS, pair.alias);
    asPort(writer, pair.isolated);
  });
}

function asPort(writer: NetlinkWriter, isolated: boolean | undefined): void {
  writer.attribute(IFLA.LINKINFO, () => {
    writer.attributeString(INFO.SLAVE_KIND, "bridge").attribute(INFO.SLAVE_DATA, () => {
      writer.attributeU8(PORT_HAIRPIN, 1);
      if (isolated === true) writer.attributeU8(PORT_ISOLATED, 1);
    });
  });
}

/** Makes an end of a pair that is on no bridge a port of one, as {@link addVethPair} does. */
export function joinBridge(
  writer: NetlinkWriter,
  { index, bridgeIndex, isolated }: { index: number } & Pick<VethPair, "bridgeIndex" | "isolated">,
): void {
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { index });
    writer.attributeU32(IFLA.MASTER, bridgeIndex);
  });
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { index });
    asPort(writer, isolated);
  });
}

/** An interface beside one of the host's, with addresses of its own: made inside another namespace. */
export type ChildLink = {
  kind: "macvlan" | "ipvlan";
  name: string;
  parentIndex: number;
  /** The kernel's number. */
  mode: number;
  /** Only of a macvlan: an ipvlan has its parent's. */
  mac: Uint8Array;
  mtu?: number | undefined;
  netnsFd: number;
};

/**
 * Kernels before 6.10 look for an interface of that index or name among those of the namespace that asks, and refuse one that is there:
 * the kernel chooses the index, and the name must be nobody's.
 */
export function addChildLink(writer: NetlinkWriter, link: ChildLink): void {
  writer.message(RTM.NEWLINK, CREATE, () => {
    writer.u32(0).u32(0).u32(0).u32(0);
    writer.attributeString(IFLA.IFNAME, link.name).attributeU32(IFLA.LINK, link.parentIndex);
    if (link.kind === "macvlan") writer.attributeBytes(IFLA.ADDRESS, link.mac);
    if (link.mtu !== undefined) writer.attributeU32(IFLA.MTU, link.mtu);
    writer.attributeU32(IFLA.NET_NS_FD, link.netnsFd).attribute(IFLA.LINKINFO, () => {
      writer.attributeString(INFO.KIND, link.kind).attribute(INFO.DATA, () => {
        if (link.kind === "macvlan") writer.attributeU32(CHILD_MODE, link.mode);
        else writer.attributeBytes(CHILD_MODE, new Uint8Array(new Uint16Array([link.mode]).buffer));
      });
    });
  });
}

export function setLinkUp(writer: NetlinkWriter, link: LinkRef): void {
  writer.message(RTM.NEWLINK, CHANGE, () => linkHeader(writer, link, IFF_UP));
}

/** Gives an interface another name; it must be switched off. */
export function renameLink(writer: NetlinkWriter, index: number, name: string): void {
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, { index });
    writer.attributeString(IFLA.IFNAME, name);
  });
}

export function deleteLink(writer: NetlinkWriter, link: LinkRef): void {
  writer.message(RTM.DELLINK, CHANGE, () => linkHeader(writer, link));
}

/** An IPv4 address with its broadcast address, or an IPv6 address that is usable at once (no duplicate address detection). */
export function addAddress(writer: NetlinkWriter, address: InterfaceAddress): void {
  const v4 = address.address.length === 4;
  writer.message(RTM.NEWADDR, CREATE, () => {
    writer
      .u8(v4 ? AF_INET : AF_INET6)
      .u8(address.prefix)
      .u8(v4 ? 0 : IFA_F_NODAD)
      .u8(0)
      .u32(address.index);
    writer.attributeBytes(IFA.LOCAL, address.address).attributeBytes(IFA.ADDRESS, address.address);
    // An address that stands alone has nobody to be called with.
    if (v4 && address.prefix < 31) writer.attributeBytes(IFA.BROADCAST, broadcastOf(address));
    else if (!v4) writer.attributeU32(IFA.FLAGS, IFA_F_NODAD);
  });
}

/** Takes an address off an interface; the kernel says EADDRNOTAVAIL where it is not there. */
export function deleteAddress(writer: NetlinkWriter, { index, prefix, address }: InterfaceAddress): void {
  writer.message(RTM.DELADDR, CHANGE, () => {
    writer
      .u8(address.length === 4 ? AF_INET : AF_INET6)
      .u8(prefix)
      .u8(0)
      .u8(0)
      .u32(index);
    writer.attributeBytes(IFA.LOCAL, address).attributeBytes(IFA.ADDRESS, address);
  });
}

/** Gives an interface a MAC address, also the one that it has: neighbours may be told of it by that. */
export function setLinkAddress(writer: NetlinkWriter, link: LinkRef, mac: Uint8Array): void {
  writer.message(RTM.NEWLINK, CHANGE, () => {
    linkHeader(writer, link);
    writer.attributeBytes(IFLA.ADDRESS, mac);
  });
}

/** A route by way of a gateway; without a destination the default one. */
export type NewRoute = {
  readonly index: number;
  readonly gateway: Uint8Array;
  readonly destination?: { readonly address: Uint8Array; readonly prefix: number } | undefined;
  readonly metric?: number | undefined;
};

export function addRoute(writer: NetlinkWriter, { index, gateway, destination, metric }: NewRoute): void {
  writer.message(RTM.NEWROUTE, CREATE, () => {
    const family = gateway.length === 4 ? AF_INET : AF_INET6;
    routeHeader(writer, { family, prefix: destination?.prefix ?? 0, table: RT_TABLE_MAIN, type: RTN_UNICAST });
    if (destination !== undefined && destination.prefix > 0) writer.attributeBytes(RTA.DST, destination.address);
    writer.attributeBytes(RTA.GATEWAY, gateway).attributeU32(RTA.OIF, index);
    if (metric !== undefined) writer.attributeU32(RTA.PRIORITY, metric);
  });
}

/** Takes the default routes of a family away, one for each call; the kernel says ESRCH where there is none. */
export function deleteDefaultRoute(writer: NetlinkWriter, family: 4 | 6): void {
  writer.message(RTM.DELROUTE, CHANGE, () => {
    routeHeader(writer, {
      family: family === 4 ? AF_INET : AF_INET6,
      prefix: 0,
      table: RT_TABLE_MAIN,
      type: RTN_UNICAST,
    });
  });
}

/**
 * Lets packets to ::1 come in by the interface: the answers to a connection to [::1] that was rewritten to a container. IPv6 has no
 * route_localnet; it looks for the route of a loopback address on the very interface a packet came by. What is addressed to ::1 on the
 * wire is dropped before any route is looked up. The metric keeps the loopback interface first, and interfaces apart.
 */
export function addLoopbackRoute(writer: NetlinkWriter, index: number): void {
  writer.message(RTM.NEWROUTE, CREATE, () => {
    routeHeader(writer, { family: AF_INET6, prefix: 128, table: RT_TABLE_LOCAL, type: RTN_LOCAL });
    const loopback = new Uint8Array(16);
    loopback[15] = 1;
    writer
      .attributeBytes(RTA.DST, loopback)
      .attributeU32(RTA.OIF, index)
      .attributeU32(RTA.PRIORITY, LOOPBACK_METRIC + index);
  });
}

/** The interface of that name, or undefined. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETLINK, NLM_F.REQUEST | NLM_F.ACK, () => linkHeader(writer, { name }));
  const ENODEV = 19;
  const { messages } = socket.exchange(`looking up the interface ${name}`, writer, [ENODEV]);
  return messages.map(toLink).find((link) => link.name === name);
}

export function listLinks(socket: NetlinkSocket): Link[] {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETLINK, NLM_F.REQUEST | NLM_F.DUMP, () => linkHeader(writer, { index: 0 }));
  return socket.exchange("listing the interfaces", writer).messages.map(toLink);
}

export function listAddresses(socket: NetlinkSocket): InterfaceAddress[] {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETADDR, NLM_F.REQUEST | NLM_F.DUMP, () => writer.u32(0).u32(0));
  return socket.exchange("listing the addresses", writer).messages.flatMap((message) => {
    const view = new DataView(message.payload.buffer, message.payload.byteOffset);
    const attributes = parseAttributes(message.payload, 8);
    const address = attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS);
    return address === undefined
      ? []
      : [{ index: view.getUint32(4, true), prefix: message.payload[1] ?? 0, address: address.slice() }];
  });
}

/** The unicast routes of one family, from every routing table. */
export function listRoutes(socket: NetlinkSocket, family: typeof AF_INET | typeof AF_INET6): Route[] {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETROUTE, NLM_F.REQUEST | NLM_F.DUMP, () => writer.u8(family).u8(0).u16(0).u32(0).u32(0));
  return socket.exchange("listing the routes", writer).messages.flatMap(({ payload }) => {
    if (payload[7] !== RTN_UNICAST) return [];
    const attributes = parseAttributes(payload, 12);
    return [
      {
        index: attributeNumber(attributes.get(RTA.OIF)),
        prefix: payload[1] ?? 0,
        destination: (attributes.get(RTA.DST) ?? new Uint8Array()).slice(),
        protocol: payload[5] ?? 0,
      },
    ];
  });
}

/** struct rtmsg */
function routeHeader(
  writer: NetlinkWriter,
  route: { family: number; prefix: number; table: number; type: number },
): void {
  writer.u8(route.family).u8(route.prefix).u8(0).u8(0).u8(route.table).u8(RTPROT_BOOT).u8(0).u8(route.type).u32(0);
}

function toLink(message: NetlinkMessage): Link {
  const view = new DataView(message.payload.buffer, message.payload.byteOffset);
  const attributes = parseAttributes(message.payload, 16);
  const info = attributes.get(IFLA.LINKINFO);
  return {
    index: view.getUint32(4, true),
    name: attributeText(attributes.get(IFLA.IFNAME)),
    flags: view.getUint32(8, true),
    master: attributeNumber(attributes.get(IFLA.MASTER)),
    alias: attributeText(attributes.get(IFLA.IFALIAS)),
    kind: info === undefined ? "" : attributeText(parseAttributes(info).get(INFO.KIND)),
  };
}

function broadcastOf({ address, prefix }: InterfaceAddress): Uint8Array {
  return address.map((byte, index) => byte | (0xff >> Math.min(8, Math.max(0, prefix - index * 8))));
}
