import type { Database } from "bun:sqlite";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { listElements, type MapElement } from "../host/netlink/netfilter.ts";
import { deleteLink, findLink, type Link, listLinks } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { isEstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import { type Lease, listLeases, listPublishedPorts, type PublishedPort } from "../state/leases.ts";
import { bridgeNetworks } from "./bridge-networks.ts";
import { detachEndpoint } from "./detach.ts";
import { applyTable, withdrawElements } from "./firewall.ts";
import type { NetworkRoot } from "./root-id.ts";
import { PORT_MAPS, portElement } from "./ruleset.ts";

/** Something of the network that no running container owns, or that a running one lacks. */
export type NetworkFinding =
  | { readonly kind: "stale-lease"; readonly containerId: string; readonly text: string }
  | { readonly kind: "stale-port"; readonly containerId: string; readonly text: string }
  | { readonly kind: "stray-element"; readonly element: MapElement; readonly text: string }
  | { readonly kind: "stray-veth"; readonly name: string; readonly text: string }
  | { readonly kind: "missing-element"; readonly owner: string; readonly text: string };

/** What the kernel and the volatile database say. `links` are the ports of the root's bridges. */
export type NetworkFacts = {
  readonly elements: readonly MapElement[];
  readonly links: readonly Pick<Link, "name" | "alias">[];
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
};

/**
 * Compares the root's network with the containers that run (or are being started): the ids are given by the caller, taken before the
 * facts are read here. Reads only.
 */
export function auditNetwork(
  root: NetworkRoot,
  store: Database,
  live: Database,
  running: ReadonlySet<string>,
): NetworkFinding[] {
  return compareNetwork(gatherFacts(root, store, live), running);
}

function gatherFacts(root: NetworkRoot, store: Database, live: Database): NetworkFacts {
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  using route = new NetlinkSocket(NETLINK.ROUTE);
  const bridges = new Set(
    bridgeNetworks(store, root).flatMap(({ bridgeName }) => findLink(route, bridgeName)?.index ?? []),
  );
  return {
    elements: PORT_MAPS.flatMap((map) => listElements(filter, root.table, map)),
    links: bridges.size === 0 ? [] : listLinks(route).filter(({ master }) => bridges.has(master)),
    leases: listLeases(live),
    ports: listPublishedPorts(live),
  };
}

/** The comparison itself. */
export function compareNetwork(facts: NetworkFacts, running: ReadonlySet<string>): NetworkFinding[] {
  const present = new Set(facts.elements.map(elementKey));
  const wanted = new Map(facts.ports.map((port) => [elementKey(portElement(port)), port]));
  return [
    ...facts.leases.flatMap(({ containerId, ipv4 }): NetworkFinding[] =>
      running.has(containerId)
        ? []
        : [{ kind: "stale-lease", containerId, text: `the address ${ipv4} is leased to ${owner(containerId)}` }],
    ),
    ...facts.ports.flatMap((port): NetworkFinding[] => {
      const { containerId } = port;
      if (!running.has(containerId)) {
        return [
          {
            kind: "stale-port",
            containerId,
            text: `the port ${portText(port)} is published for ${owner(containerId)}`,
          },
        ];
      }
      if (present.has(elementKey(portElement(port)))) return [];
      return [
        {
          kind: "missing-element",
          owner: containerId,
          text: `the port ${portText(port)} of ${shortId(containerId)} is not in the nft map`,
        },
      ];
    }),
    ...facts.elements.flatMap((element): NetworkFinding[] =>
      wanted.has(elementKey(element))
        ? []
        : [
            {
              kind: "stray-element",
              element,
              text: `an element of the nft map ${element.map} belongs to no container`,
            },
          ],
    ),
    ...facts.links.flatMap(({ name, alias }): NetworkFinding[] => {
      const containerId = alias.split(" ")[0] ?? "";
      if (running.has(containerId)) return [];
      return [
        {
          kind: "stray-veth",
          name,
          text: `the interface ${name} belongs to ${containerId === "" ? "nobody" : owner(containerId)}`,
        },
      ];
    }),
  ];
}

/** Takes away what the findings name, and puts back elements that are missing. Idempotent. */
export function repairNetwork(
  root: NetworkRoot,
  store: Database,
  live: Database,
  findings: readonly NetworkFinding[],
): void {
  const gone = new Set(findings.flatMap((finding) => ("containerId" in finding ? [finding.containerId] : [])));
  for (const containerId of gone) detachEndpoint(root, live, containerId);
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  const strays = findings.flatMap((finding) => (finding.kind === "stray-element" ? [finding.element] : []));
  withdrawElements(filter, root, live, strays);
  if (findings.some(({ kind }) => kind === "missing-element")) transaction(live, () => applyTable(root, store, live));
  using route = new NetlinkSocket(NETLINK.ROUTE);
  for (const finding of findings) if (finding.kind === "stray-veth") removeLink(route, finding.name);
}

function removeLink(socket: NetlinkSocket, name: string): void {
  const writer = new NetlinkWriter();
  deleteLink(writer, { name });
  try {
    socket.exchange(`removing the interface ${name}`, writer);
  } catch (error) {
    // It went with its network namespace meanwhile.
    const ENODEV = 19;
    if (!isEstibaError(error) || error.details["errno"] !== ENODEV) throw error;
  }
}

function elementKey({ map, key, data }: MapElement): string {
  return `${map} ${Buffer.from(key).toString("hex")} ${Buffer.from(data).toString("hex")}`;
}

function portText({ protocol, hostIp, hostPort }: PublishedPort): string {
  return `${hostIp.includes(":") ? `[${hostIp}]` : hostIp}:${hostPort}/${protocol}`;
}

function owner(containerId: string): string {
  return `${shortId(containerId)}, which does not run`;
}

function shortId(containerId: string): string {
  return containerId.slice(0, 12);
}
