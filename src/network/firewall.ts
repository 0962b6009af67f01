import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { type ConntrackFilter, flushConntrack } from "../host/netlink/conntrack.ts";
import {
  addElements,
  countRules,
  deleteElements,
  hasInterface,
  type MapElement,
  readTable,
  readTableComment,
} from "../host/netlink/netfilter.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { isEstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import {
  deletePublishedPorts,
  findPortOwners,
  type Lease,
  listPublishedPorts,
  type PublishedPort,
  replacePublishedPorts,
} from "../state/leases.ts";
import { acquireLockSync } from "../state/lock.ts";
import type { PortMapping } from "../state/spec/network.ts";
import { parseIp } from "./address.ts";
import { canPublishLoopback6 } from "./bridge.ts";
import { bridgeNetworks } from "./bridge-networks.ts";
import { acceptForwarding } from "./forward-policy.ts";
import { forwardPublished, withdrawForwards } from "./host-forwards.ts";
import { applyScript } from "./nft.ts";
import { type PublishTarget, publishedPorts } from "./published-ports.ts";
import type { NetworkRoot } from "./root-id.ts";
import { FORWARD_CHAIN, portElement, portElements, ruleCounts, rulesetComment, rulesetText } from "./ruleset.ts";
import { dealSlots } from "./shared-ports.ts";
import { claimSubnets } from "./subnet-claims.ts";

/** How often a table is made before others are kept from publishing. */
const ATTEMPTS = 5;

/**
 * Makes sure that the root's table is in the kernel, and not emptied: after a boot, after somebody's `nft flush`, after an upgrade. When it
 * has to be made, it gets the root's networks and every published port of the volatile database, in one step. Also makes sure that a
 * FORWARD policy "drop" of Docker or ufw lets our bridges through. `bridges` are those that must be in it: a network that was made after the
 * table comes into it with its first container. Two look-ups, and one for each bridge, when nothing has to be done.
 */
export function ensureTable(root: NetworkRoot, store: Database, live: Database, bridges: readonly string[]): void {
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  const comment = rulesetComment({ loopback6: canPublishLoopback6() });
  const isComplete = (): boolean => {
    const found = readTable(socket, root.table, FORWARD_CHAIN);
    if (found?.comment !== comment || found.rules === 0) return false;
    return missingBridges(socket, root, bridges).length === 0;
  };
  if (!isComplete()) {
    // Whoever needs the table as well waits until it is there, and has nothing to do then.
    using _ = acquireLockSync(rulesLock(root));
    if (!isComplete()) applyUnderLock(root, store, live);
  }
  acceptForwarding(socket, bridges);
}

/** Those of the bridges that the table's rules know nothing of. */
export function missingBridges(socket: NetlinkSocket, root: NetworkRoot, bridges: readonly string[]): string[] {
  return bridges.filter((name) => !hasInterface(socket, { table: root.table, set: "br" }, name));
}

/** The chains of the root's table that lack rules; none where there is no table, or another version's: that is replaced. */
export function flushedChains(socket: NetlinkSocket, root: NetworkRoot): string[] {
  const options = { loopback6: canPublishLoopback6() };
  if (readTableComment(socket, root.table) !== rulesetComment(options)) return [];
  const present = countRules(socket, root.table);
  return [...ruleCounts(options)].flatMap(([chain, rules]) => ((present.get(chain) ?? 0) < rules ? [chain] : []));
}

/** Takes what is gone from the store out of the table, where there is one. */
export function refreshTable(root: NetworkRoot, store: Database, live: Database): void {
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  using _ = acquireLockSync(rulesLock(root));
  if (readTableComment(socket, root.table) !== undefined) applyUnderLock(root, store, live);
}

/** Replaces the root's table by what the databases say, in one step; open connections go on. */
export function applyTable(root: NetworkRoot, store: Database, live: Database): void {
  using _ = acquireLockSync(rulesLock(root));
  applyUnderLock(root, store, live);
}

/**
 * No transaction is open while nft works: every start and end of a container would wait for it. So what was published or taken back
 * meanwhile, whose elements went with the old table, is seen by a second look; whoever comes later finds the new one. Where that never
 * ends, a transaction keeps the others out.
 */
function applyUnderLock(root: NetworkRoot, store: Database, live: Database): void {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const text = tableText(root, store, live);
    applyScript(text);
    if (tableText(root, store, live) === text) return forwardPublished(listPublishedPorts(live));
  }
  transaction(live, () => applyScript(tableText(root, store, live)));
  forwardPublished(listPublishedPorts(live));
}

function tableText(root: NetworkRoot, store: Database, live: Database): string {
  const networks = bridgeNetworks(store, root);
  claimSubnets(root, networks);
  return rulesetText(root.table, networks, listPublishedPorts(live), { loopback6: canPublishLoopback6() });
}

/** Held by who makes the root's table anew; taken by nobody who waits for anything else. */
function rulesLock({ runRoot }: NetworkRoot): string {
  return join(runRoot, "locks", "rules");
}

/**
 * Publishes the mappings (with real host ports, see reservePorts) towards the addresses of the target: first the rows, then the map
 * elements, all or none up to 2,000. Idempotent. UDP flows that met the ports before are forgotten, so that they find the container.
 */
export function publish(
  root: NetworkRoot,
  live: Database,
  target: PublishTarget,
  mappings: readonly PortMapping[],
): void {
  const all = mappings.flatMap((mapping) => publishedPorts(target, mapping));
  if (all.length === 0) return;
  // Who makes the table meanwhile finds the rows, before or afterwards; adding an element twice is fine.
  transaction(live, () => replacePublishedPorts(live, all));
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  const ports = all.filter(({ share }) => share === undefined);
  publishAlone(socket, root, ports);
  dealSlots(socket, root, { live, ports: all });
  // The flows of a group's other containers go on.
  const isFirst = (port: PublishedPort): boolean =>
    findPortOwners(live, port).every(({ containerId, standby }) => containerId === target.containerId || standby);
  const fresh = all.filter((port) => port.protocol === "udp" && (port.share === undefined || isFirst(port)));
  flushConntrack(socket, udpFilters(fresh));
  forwardPublished(all);
}

function publishAlone(socket: NetlinkSocket, root: NetworkRoot, ports: readonly PublishedPort[]): void {
  const elements = ports.map(portElement);
  try {
    addElements(socket, root.table, elements);
  } catch (error) {
    if (!isEstibaError(error, "conflict", "in_use")) throw error;
    // A leftover of a container that died with its monitor: we hold the sockets of these ports, so they are ours.
    deleteElements(socket, root.table, elements);
    addElements(socket, root.table, elements);
  }
}

/**
 * Takes back every published port of the container and forgets its tracked connections. Idempotent; a missing table is fine. Slow when
 * there was a port (13 ms, the kernel frees the elements when the socket is closed): meant for the exit hook.
 */
export function unpublish(root: NetworkRoot, live: Database, containerId: string, leases: readonly Lease[]): void {
  const all = deletePublishedPorts(live, containerId);
  using socket = new NetlinkSocket(NETLINK.NETFILTER);
  const ports = all.filter(({ share }) => share === undefined);
  withdrawElements(socket, root, live, ports.map(portElement));
  dealSlots(socket, root, { live, ports: all });
  flushConntrack(socket, [...udpFilters(ports), ...leases.flatMap(sourceFilters)]);
  withdrawForwards(live, all);
}

/**
 * Removes elements whose rows are gone. Should another container have published one of the ports meanwhile (its socket was free, because
 * the first one's monitor was killed), its element may have been hit: the rows are read again afterwards and what they say is put back.
 */
export function withdrawElements(
  socket: NetlinkSocket,
  root: NetworkRoot,
  live: Database,
  elements: readonly MapElement[],
): void {
  if (elements.length === 0) return;
  deleteElements(socket, root.table, elements);
  const removed = new Set(elements.map(portKey));
  const wanted = portElements(listPublishedPorts(live))
    .map(({ element }) => element)
    .filter((element) => removed.has(portKey(element)));
  try {
    addElements(socket, root.table, wanted);
  } catch (error) {
    // Without a table there is nothing to mend: whoever makes it reads the rows.
    if (!isEstibaError(error, "not_found")) throw error;
  }
}

function portKey({ map, key }: MapElement): string {
  return `${map} ${Buffer.from(key).toString("hex")}`;
}

/** The tracked flows of UDP ports, by host port. */
export function udpFilters(ports: readonly PublishedPort[]): ConntrackFilter[] {
  const udp = ports.filter(({ protocol }) => protocol === "udp");
  const families = [4, 6] as const;
  return families.flatMap((family) =>
    [
      ...new Set(udp.filter(({ hostIp }) => hostIp.includes(":") === (family === 6)).map(({ hostPort }) => hostPort)),
    ].map((port): ConntrackFilter => ({ kind: "udp-port", family, port })),
  );
}

function sourceFilters(lease: Lease): ConntrackFilter[] {
  return [lease.ipv4, lease.ipv6].flatMap((text) => {
    const address = text === undefined ? undefined : parseIp(text);
    if (address === undefined) return [];
    return (["original", "reply"] as const).map(
      (direction): ConntrackFilter => ({ kind: "source", direction, address }),
    );
  });
}
