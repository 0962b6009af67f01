import type { Database } from "bun:sqlite";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { deleteTable } from "../host/netlink/netfilter.ts";
import { deleteLink, findLink, listLinks } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { deleteLeaseCursor } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { asSeenBy, bridgeNetworks } from "./bridge-networks.ts";
import { ownsBridge } from "./driver-options.ts";
import { refreshTable } from "./firewall.ts";
import { withdrawBridge, withdrawForwarding } from "./forward-policy.ts";
import { doorsTable } from "./overlay/names.ts";
import { BRIDGE_PREFIX, type NetworkRoot } from "./root-id.ts";
import { releaseClaims } from "./subnet-claims.ts";

/** More answers than that do not fit into a socket. */
const LINKS_AT_ONCE = 64;

/**
 * Takes everything that a root has on the host's network away: bridges with the interfaces on them, the nft table, the notes of its
 * subnets, and with the last root the rules in other tools' chains. Containers that still run lose their network. Idempotent. `store`
 * names the bridges of user networks; without it the default one is removed. Forwarding stays on: others may need it by now.
 */
export function removeNetworkState(root: NetworkRoot, store?: Database): void {
  using route = new NetlinkSocket(NETLINK.ROUTE);
  const names = store === undefined ? [] : bridgeNetworks(store, root).map(({ bridgeName }) => bridgeName);
  for (const name of new Set([root.bridgeName, ...names])) removeBridge(route, name);
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  deleteTable(filter, root.table);
  deleteTable(filter, doorsTable(root));
  releaseClaims(root);
  const others = listLinks(route).some(({ name, kind }) => kind === "bridge" && name.startsWith(BRIDGE_PREFIX));
  if (!others) withdrawForwarding(filter);
}

/** Takes the bridge of a network that is forgotten away, with the rules for it. Idempotent. */
export function removeNetwork(
  root: NetworkRoot,
  network: NetworkRecord,
  databases: { store: Database; live: Database },
): void {
  const { bridgeName } = asSeenBy(root, network);
  deleteLeaseCursor(databases.live, network.id);
  // On what is the host's nothing was made that does not end with its container.
  if (!ownsBridge(network)) return;
  using route = new NetlinkSocket(NETLINK.ROUTE);
  removeBridge(route, bridgeName);
  refreshTable(root, databases.store, databases.live);
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  if (!bridgeName.startsWith(BRIDGE_PREFIX)) withdrawBridge(filter, bridgeName);
}

/** Removes a bridge with the interfaces on it; nothing happens when there is none. */
export function removeBridge(socket: NetlinkSocket, name: string): void {
  const bridge = findLink(socket, name);
  if (bridge === undefined || bridge.kind !== "bridge") return;
  const ports = listLinks(socket).filter(({ master }) => master === bridge.index);
  const indexes = [...ports.map(({ index }) => index), bridge.index];
  for (let first = 0; first < indexes.length; first += LINKS_AT_ONCE) {
    const writer = new NetlinkWriter();
    for (const index of indexes.slice(first, first + LINKS_AT_ONCE)) deleteLink(writer, { index });
    // A pair that went with its network namespace meanwhile.
    const ENODEV = 19;
    socket.exchange(`removing the bridge ${name}`, writer, [ENODEV]);
  }
}
