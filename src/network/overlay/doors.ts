import { type ConntrackFilter, flushConntrack } from "../../host/netlink/conntrack.ts";
import { deleteTable, type MapElement, readTableComment } from "../../host/netlink/netfilter.ts";
import type { NetlinkSocket } from "../../host/netlink/socket.ts";
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
  const { added, removed } = settleTable(socket, doorsTableOf(name, doors));
  const present = new Set(doors.flatMap(({ targets }) => targets.map(({ ip }) => ip)));
  flushConntrack(socket, [...peersGone(removed, present), ...opened(added, removed)]);
}

// Conversations that a port was closed to would stay so.
function opened(added: readonly MapElement[], removed: readonly MapElement[]): ConntrackFilter[] {
  const portsOf = (elements: readonly MapElement[]): Set<number> =>
    new Set(
      elements
        .filter(({ map, key }) => map.startsWith("slots") && key[0] === UDP)
        .map(({ key }) => ((key[4] ?? 0) << 8) | (key[5] ?? 0)),
    );
  const before = portsOf(removed);
  return [...portsOf(added)].flatMap((port) =>
    before.has(port) ? [] : [{ kind: "udp-port", family: 4, port } as const],
  );
}
