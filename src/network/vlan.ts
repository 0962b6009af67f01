import { makeNetns } from "../host/namespace.ts";
import { filterVlans, joinVlan, leaveVlan, readBridgeVlans } from "../host/netlink/bridge-vlan.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { addBridge, findLink } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { closeSocket } from "../host/socket.ts";
import { EstibaError } from "../lib/error.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { bridgeOptions } from "./driver-options.ts";

const EOPNOTSUPP = 95;

/**
 * Puts a container's port on a bridge of others into its network's VLAN alone; nothing happens on a network without one. Throws `conflict`
 * where the bridge does not keep VLANs apart.
 */
export function enterVlan(socket: NetlinkSocket, network: NetworkRecord, port: string): void {
  const { vlan } = bridgeOptions(network);
  if (vlan === undefined) return;
  const before = requireFiltering(socket, network.bridgeName);
  const index = findLink(socket, port)?.index ?? 0;
  const writer = new NetlinkWriter();
  joinVlan(writer, index, vlan);
  if (before !== 0 && before !== vlan) leaveVlan(writer, index, before);
  socket.exchange(`putting ${port} into the VLAN ${vlan}`, writer);
}

/** Gives the VLAN of a bridge's new ports. Throws `conflict` where it does not keep VLANs apart: that is for who manages it to change. */
export function requireFiltering(socket: NetlinkSocket, bridgeName: string): number {
  const vlans = readBridgeVlans(socket, bridgeName);
  if (vlans?.filtering === true) return vlans.ofNewPorts;
  throw new EstibaError("conflict", {
    reason: "network.no_vlan_filtering",
    what: `the bridge ${bridgeName} does not keep VLANs apart`,
    fix: `let it: ip link set ${bridgeName} type bridge vlan_filtering 1`,
  });
}

/** Throws `unsupported` where the running kernel's bridges know no VLANs: it would take the option and not heed it. */
export function requireVlans(): void {
  const netns = makeNetns();
  try {
    using socket = new NetlinkSocket(NETLINK.ROUTE, netns);
    const create = new NetlinkWriter();
    addBridge(create, { name: "probe", mac: Uint8Array.of(2, 0, 0, 0, 0, 1) });
    socket.exchange("probing", create);
    const filter = new NetlinkWriter();
    filterVlans(filter, findLink(socket, "probe")?.index ?? 0, 2);
    socket.exchange("probing", filter, [EOPNOTSUPP]);
    if (readBridgeVlans(socket, "probe")?.filtering === true) return;
  } finally {
    closeSocket(netns);
  }
  throw new EstibaError("unsupported", {
    reason: "network.no_vlans",
    what: "the option vlan cannot be had: this kernel's bridges know no VLANs (CONFIG_BRIDGE_VLAN_FILTERING)",
    fix: "use mode=unmanaged with a bridge of that VLAN, or the driver macvlan on an interface of it",
  });
}
