import type { Database } from "bun:sqlite";
import { exchangeElements, listElements, type MapElement } from "../host/netlink/netfilter.ts";
import type { NetlinkSocket } from "../host/netlink/socket.ts";
import { isEstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import { listPublishedPorts, type PublishedPort } from "../state/leases.ts";
import type { NetworkRoot } from "./root-id.ts";
import { isSlotOf, portElements, slotMapOf } from "./ruleset.ts";

/** Ports whose slots are exchanged in one step: what the kernel takes at once. */
const PORTS_AT_ONCE = 6;

type Dealing = {
  readonly live: Database;
  /** Those that are not shared are left alone. */
  readonly ports: readonly PublishedPort[];
};

/**
 * Brings the slots of shared ports to what the rows say. A port goes from one container to others in one step: no connection meets it
 * half dealt out. Without a table there is nothing to bring: whoever makes it reads the rows.
 */
export function dealSlots(socket: NetlinkSocket, root: NetworkRoot, { live, ports }: Dealing): void {
  const shared = ports.filter(({ share }) => share !== undefined);
  for (let first = 0; first < shared.length; first += PORTS_AT_ONCE) {
    const part = shared.slice(first, first + PORTS_AT_ONCE);
    // Its lock is what keeps two containers that come or go at once from undoing each other's.
    transaction(live, () => dealPart(socket, root, { live, ports: part }));
  }
}

function dealPart(socket: NetlinkSocket, root: NetworkRoot, { live, ports }: Dealing): void {
  const isOurs = (element: MapElement): boolean => ports.some((port) => isSlotOf(element, port));
  const maps = new Set(ports.map(slotMapOf));
  const present = [...maps].flatMap((map) => listElements(socket, root.table, map)).filter(isOurs);
  const wanted = portElements(listPublishedPorts(live)).flatMap(({ element }) => (isOurs(element) ? element : []));
  const [there, here] = [new Set(present.map(textOf)), new Set(wanted.map(textOf))];
  const removed = present.filter((element) => !here.has(textOf(element)));
  const added = wanted.filter((element) => !there.has(textOf(element)));
  try {
    exchangeElements(socket, root.table, { removed, added });
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function textOf({ map, key, data }: MapElement): string {
  return `${map} ${Buffer.from(key).toString("hex")} ${Buffer.from(data).toString("hex")}`;
}
