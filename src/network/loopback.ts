import { NetlinkWriter } from "../host/netlink/message.ts";
import { setLinkUp } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import type { Netns } from "./netns.ts";

/** The loopback's, in every network namespace. */
export const LOOPBACK_INDEX = 1;

/** Switches the loopback interface on, all that the network `none` has. */
export function loopbackOnly(netns: Netns): void {
  using socket = new NetlinkSocket(NETLINK.ROUTE, netns.fd);
  const writer = new NetlinkWriter();
  setLinkUp(writer, { index: LOOPBACK_INDEX });
  socket.exchange("switching the loopback interface on", writer);
}
