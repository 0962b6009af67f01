import { NetlinkWriter } from "../host/netlink/message.ts";
import { joinBridge, type Link, listLinks } from "../host/netlink/route.ts";
import type { NetlinkSocket } from "../host/netlink/socket.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { ensureBridge, isolatesPorts } from "./bridge.ts";
import { aliasOfBridge } from "./bridge-networks.ts";
import { isHostsEnd } from "./hosts-end.ts";
import type { NetworkRoot } from "./root-id.ts";

const ENODEV = 19;

/** The host's end of a container's cable that is on no bridge any more. */
export type LooseEnd = {
  readonly link: Pick<Link, "name" | "index">;
  /** Of any root: networks of several may have one name. */
  readonly containerId: string;
  readonly network: NetworkRecord;
};

/** What is left of cables whose bridge, one of the networks', somebody has deleted. */
export function looseEnds(links: readonly Link[], networks: readonly NetworkRecord[]): LooseEnd[] {
  const byName = new Map(networks.map((network) => [network.name, network]));
  return links.flatMap((link) => {
    const [containerId = "", name = ""] = link.alias.split(" ");
    const network = byName.get(name);
    return network !== undefined && link.master === 0 && isHostsEnd(link.name) ? [{ link, containerId, network }] : [];
  });
}

/** Puts a container's loose ends back onto the bridges of its networks, which are made where they are gone. Idempotent. */
export function rejoinBridges(
  socket: NetlinkSocket,
  root: NetworkRoot,
  networks: readonly NetworkRecord[],
  containerId: string,
): void {
  for (const { link, network, ...end } of looseEnds(listLinks(socket), networks)) {
    if (end.containerId !== containerId) continue;
    const bridgeIndex = ensureBridge(socket, network, aliasOfBridge(root, network));
    const writer = new NetlinkWriter();
    joinBridge(writer, { index: link.index, bridgeIndex, isolated: isolatesPorts(network) });
    // It may end meanwhile.
    socket.exchange(`putting ${link.name} back onto the bridge ${network.bridgeName}`, writer, [ENODEV]);
  }
}
