import { findLink } from "../host/netlink/route.ts";
import type { NetlinkSocket } from "../host/netlink/socket.ts";
import { EstibaError } from "../lib/error.ts";
import { notABridge } from "./bridge.ts";

/**
 * The index of a bridge that others have made and manage (`mode=unmanaged`): nothing is changed on it. Throws `not_found` where there is
 * none of that name, `conflict` for an interface that is no bridge.
 */
export function foreignBridge(socket: NetlinkSocket, name: string): number {
  const link = findLink(socket, name);
  if (link === undefined) {
    throw new EstibaError("not_found", {
      reason: "network.no_foreign_bridge",
      what: `there is no bridge ${name} on this host`,
      fix: `make it: ip link add ${name} type bridge`,
    });
  }
  if (link.kind !== "bridge") throw notABridge(name, "name a bridge with --interface-name, or use the driver macvlan");
  return link.index;
}
