import { ERRNO } from "../../host/errno.ts";
import { NetlinkWriter } from "../../host/netlink/message.ts";
import { deleteNeighbour, listNeighbours, type Neighbour, putNeighbour } from "../../host/netlink/neighbour.ts";
import { deleteLink, findLink, IFF_UP } from "../../host/netlink/route.ts";
import type { NetlinkSocket } from "../../host/netlink/socket.ts";
import { addVxlan } from "../../host/netlink/vxlan.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseIp, parseMac } from "../address.ts";
import type { NetworkRoot } from "../root-id.ts";
import { OVERLAY_MTU, tunnelAlias, tunnelName, VXLAN_PORT } from "./names.ts";
import type { Peer } from "./wanted.ts";

/** More answers than that do not fit into a socket. */
const AT_ONCE = 64;

/** A network between hosts, as one of them has it. */
export type Tunnel = {
  readonly root: NetworkRoot;
  readonly bridgeName: string;
  readonly vni: number;
  /** This host's address that others reach it at. */
  readonly local: string;
  readonly peers: readonly Peer[];
};

/**
 * Brings the tunnel of a bridge, and what it knows of others, to what is wanted; without anybody on other hosts there is none. The bridge
 * is there. True when something had to be changed. Throws `conflict` where another program has a tunnel of that number.
 */
export function settleTunnel(socket: NetlinkSocket, tunnel: Tunnel): boolean {
  if (tunnel.peers.length === 0) return removeTunnel(socket, tunnel.bridgeName);
  const { index, made } = ensureTunnel(socket, tunnel);
  const wanted = new Map(tunnel.peers.flatMap(neighboursOf).map((each) => [textOf(each), each]));
  const stray = listNeighbours(socket, index).filter((each) => !wanted.delete(textOf(each)));
  // Of two entries for one address or MAC the new one has replaced the old one: what is left of that goes first.
  send(socket, stray, (writer, each) => deleteNeighbour(writer, index, each));
  send(socket, [...wanted.values()], (writer, each) => putNeighbour(writer, index, each));
  return made || stray.length > 0 || wanted.size > 0;
}

/** Takes the tunnel of a bridge away; false when there is none. */
function removeTunnel(socket: NetlinkSocket, bridgeName: string): boolean {
  const name = tunnelName(bridgeName);
  if (findLink(socket, name) === undefined) return false;
  const writer = new NetlinkWriter();
  deleteLink(writer, { name });
  socket.exchange(`removing the tunnel ${name}`, writer, [ERRNO.ENODEV]);
  return true;
}

function ensureTunnel(socket: NetlinkSocket, tunnel: Tunnel): { index: number; made: boolean } {
  const { root, bridgeName, vni, local } = tunnel;
  const name = tunnelName(bridgeName);
  const bridge = findLink(socket, bridgeName);
  const found = findLink(socket, name);
  const alias = tunnelAlias(root, vni, local);
  const isWhole =
    found !== undefined && found.alias === alias && found.master === bridge?.index && (found.flags & IFF_UP) !== 0;
  if (isWhole) return { index: found.index, made: false };
  if (found !== undefined) removeTunnel(socket, bridgeName);
  const writer = new NetlinkWriter();
  addVxlan(writer, {
    name,
    alias,
    vni,
    port: VXLAN_PORT,
    local: parseIp(local) ?? new Uint8Array(4),
    bridgeIndex: bridge?.index ?? 0,
    mtu: OVERLAY_MTU,
  });
  const EAFNOSUPPORT = 97;
  const { failures } = socket.exchange(`making the tunnel ${name}`, writer, [ERRNO.EEXIST, EAFNOSUPPORT, ERRNO.ENODEV]);
  const made = findLink(socket, name);
  if (made !== undefined && made.kind === "vxlan") return { index: made.index, made: true };
  throw new EstibaError("conflict", {
    reason: "network.tunnel_taken",
    what: `the tunnel ${vni} cannot be made: another program of this host has one of that number (error ${failures[0]?.errno ?? 0})`,
    fix: "see: ip -d link show type vxlan; take that away, or make the network anew",
  });
}

function neighboursOf({ ip, ip6 = "", mac, via }: Peer): Neighbour[] {
  const [bytes, address, host] = [parseMac(mac), parseIp(ip), parseIp(via)];
  if (bytes === undefined || address === undefined || host === undefined) return [];
  return [
    { kind: "tunnel", mac: bytes, via: host },
    { kind: "port", mac: bytes },
    ...[address, parseIp(ip6)].flatMap((each): Neighbour[] =>
      each === undefined ? [] : [{ kind: "address", mac: bytes, address: each }],
    ),
  ];
}

function textOf(neighbour: Neighbour): string {
  const { kind, mac } = neighbour;
  const more = kind === "port" ? new Uint8Array() : kind === "tunnel" ? neighbour.via : neighbour.address;
  return `${kind} ${Buffer.from(mac).toString("hex")} ${more.join(".")}`;
}

function send(
  socket: NetlinkSocket,
  all: readonly Neighbour[],
  write: (writer: NetlinkWriter, neighbour: Neighbour) => void,
): void {
  for (let first = 0; first < all.length; first += AT_ONCE) {
    const writer = new NetlinkWriter();
    for (const neighbour of all.slice(first, first + AT_ONCE)) write(writer, neighbour);
    socket.exchange("telling a tunnel of its hosts", writer, [ERRNO.ENOENT]);
  }
}
