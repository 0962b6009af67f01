import { type ConntrackFilter, flushConntrack } from "../../host/netlink/conntrack.ts";
import { deleteTable, type MapElement, readTableComment } from "../../host/netlink/netfilter.ts";
import type { NetlinkSocket } from "../../host/netlink/socket.ts";
import { canPublishLoopback6 } from "../bridge.ts";
import type { NetworkRoot } from "../root-id.ts";
import { doorsTableOf } from "./doors-table.ts";
import { doorsTable } from "./names.ts";
import { peersGone } from "./peers-gone.ts";
import { settleTable } from "./settle-table.ts";
import type { Door } from "./wanted.ts";

const UDP = 17;

/** Brings the ports of this host that lead to other hosts' containers to what is wanted; without any there is no table. */
export function settleDoors(socket: NetlinkSocket, root: NetworkRoot, doors: readonly Door[]): void {
  const name = doorsTable(root);
  if (doors.length === 0) {
    if (readTableComment(socket, name) !== undefined) deleteTable(socket, name);
    return;
  }
  const { added, removed } = settleTable(socket, doorsTableOf(name, doors, canPublishLoopback6()));
  const present = new Set(doors.flatMap(({ targets }) => targets.flatMap(({ ip, ip6 = ip }) => [ip, ip6])));
  flushConntrack(socket, [...peersGone(removed, present), ...opened(added, removed)]);
}

// Conversations that a port was closed to would stay so.
function opened(added: readonly MapElement[], removed: readonly MapElement[]): ConntrackFilter[] {
  return ([4, 6] as const).flatMap((family) => {
    const before = udpPorts(removed, family);
    return [...udpPorts(added, family)].flatMap((port): ConntrackFilter[] =>
      before.has(port) ? [] : [{ kind: "udp-port", family, port }],
    );
  });
}

function udpPorts(elements: readonly MapElement[], family: 4 | 6): Set<number> {
  return new Set(
    elements
      .filter(({ map, key }) => key[0] === UDP && map.startsWith("slotsix") === (family === 6))
      // Before the slot, whatever is before it.
      .map(({ key }) => ((key.at(-8) ?? 0) << 8) | (key.at(-7) ?? 0)),
  );
}
