import { insideNetns } from "../host/namespace.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { setLinkUp } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import type { Netns } from "./netns.ts";

/** The loopback's, in every network namespace. */
export const LOOPBACK_INDEX = 1;

/** Switches the loopback interface on, all that the network `none` has. */
export function loopbackOnly(netns: Netns): void {
  using socket = insideNetns(netns.fd, () => new NetlinkSocket(NETLINK.ROUTE));
  const writer = new NetlinkWriter();
  setLinkUp(writer, { index: LOOPBACK_INDEX });
  socket.exchange("switching the loopback interface on", writer);
}
