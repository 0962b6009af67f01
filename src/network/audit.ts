import type { Database } from "bun:sqlite";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { deleteTable, listElements, type MapElement, readTableComment } from "../host/netlink/netfilter.ts";
import { deleteLink, type Link, listLinks } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { isEstibaError } from "../lib/error.ts";
import { type Lease, listLeases, listPublishedPorts, type PublishedPort } from "../state/leases.ts";
import { bridgeAlias, bridgeNetworks } from "./bridge-networks.ts";
import { detachEndpoint } from "./detach.ts";
import { applyTable, flushedChains, missingBridges, withdrawElements } from "./firewall.ts";
import { isHostsEnd } from "./hosts-end.ts";
import { looseEnds, rejoinBridges } from "./loose-ends.ts";
import { doorsTable, isTunnelOf } from "./overlay/names.ts";
import type { NetworkRoot } from "./root-id.ts";
import { ALL_PORT_MAPS, portElements } from "./ruleset.ts";
import { removeBridge } from "./teardown.ts";

/** Something of the network that no running container owns, or that a running one lacks. */
export type NetworkFinding =
  | { readonly kind: "stale-lease"; readonly owner: string; readonly text: string }
  | { readonly kind: "stale-port"; readonly owner: string; readonly text: string }
  | { readonly kind: "stray-element"; readonly element: MapElement; readonly text: string }
  | { readonly kind: "stray-veth"; readonly name: string; readonly owner?: string; readonly text: string }
  | { readonly kind: "stray-bridge"; readonly name: string; readonly text: string }
  | { readonly kind: "stray-table"; readonly text: string }
  | { readonly kind: "stray-tunnel"; readonly name: string; readonly text: string }
  | { readonly kind: "flushed-chains"; readonly text: string }
  | { readonly kind: "loose-end"; readonly owner: string; readonly text: string }
  | { readonly kind: "unruled-bridge"; readonly owner: string; readonly text: string }
  | { readonly kind: "missing-element"; readonly owner: string; readonly text: string };

type LooseInterface = { readonly name: string; readonly containerId: string; readonly bridge: string };

/** What the kernel and the volatile database say. `links` are the ports of the root's bridges. */
export type NetworkFacts = {
  readonly elements: readonly MapElement[];
  readonly links: readonly Pick<Link, "name" | "alias">[];
  readonly leases: readonly Lease[];
  readonly ports: readonly PublishedPort[];
  /** Bridges of the root whose network is forgotten. */
  readonly strayBridges: readonly string[];
  /** There is a table of other hosts' ports, and no network of a cluster. */
  readonly strayTable?: boolean;
  /** Tunnels of the root that are of no network's bridge. */
  readonly strayTunnels?: readonly string[];
  /** Interfaces that are on no bridge, with the one that they belong on; also those of other roots. */
  readonly looseEnds?: readonly LooseInterface[];
  /** Chains of the table that lack rules. */
  readonly flushedChains?: readonly string[];
  /** Bridges that the rules do not know, with a container on each that has addresses there. */
  readonly unruledBridges: readonly { readonly name: string; readonly containerId: string }[];
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
  const links = listLinks(route);
  const networks = bridgeNetworks(store, root);
  const names = new Set(networks.map(({ bridgeName }) => bridgeName));
  const bridges = new Set(links.flatMap(({ name, index }) => (names.has(name) ? [index] : [])));
  const leases = listLeases(live);
  const holders = new Map(leases.map(({ networkId, containerId }) => [networkId, containerId]));
  const used = networks.flatMap(({ id, bridgeName }) => {
    const containerId = holders.get(id);
    return containerId === undefined ? [] : [{ name: bridgeName, containerId }];
  });
  const unruled = new Set(
    missingBridges(
      filter,
      root,
      used.map(({ name }) => name),
    ),
  );
  return {
    elements: ALL_PORT_MAPS.flatMap((map) => listElements(filter, root.table, map)),
    // Others may be ports of a bridge, too: a user's trunk, and a tunnel, which goes with its bridge.
    links: links.filter(({ master, name }) => bridges.has(master) && isHostsEnd(name)),
    leases,
    ports: listPublishedPorts(live),
    strayBridges: links
      .filter(({ kind, alias, name }) => kind === "bridge" && alias === bridgeAlias(root) && !names.has(name))
      .map(({ name }) => name),
    looseEnds: looseEnds(links, networks).map(({ link, containerId, network }) => ({
      name: link.name,
      containerId,
      bridge: network.bridgeName,
    })),
    flushedChains: flushedChains(filter, root),
    unruledBridges: used.filter(({ name }) => unruled.has(name)),
    strayTunnels: links
      .filter(({ kind, alias, master }) => kind === "vxlan" && isTunnelOf(root, alias) && !bridges.has(master))
      .map(({ name }) => name),
    strayTable:
      networks.every(({ cluster }) => cluster === undefined) &&
      readTableComment(filter, doorsTable(root)) !== undefined,
  };
}

/** The comparison itself. */
export function compareNetwork(facts: NetworkFacts, running: ReadonlySet<string>): NetworkFinding[] {
  const present = new Set(facts.elements.map(elementKey));
  const wanted = portElements(facts.ports).map(({ element, port }) => ({ key: elementKey(element), port }));
  const known = new Set(wanted.map(({ key }) => key));
  const missing = new Set(wanted.flatMap(({ key, port }) => (present.has(key) ? [] : [port])));
  return [
    ...staleLeases(facts, running),
    ...facts.ports.flatMap((port): NetworkFinding[] => {
      const { containerId } = port;
      if (!running.has(containerId)) {
        return [
          {
            kind: "stale-port",
            owner: containerId,
            text: `the port ${portText(port)} is published for ${owner(containerId)}`,
          },
        ];
      }
      if (!missing.has(port)) return [];
      return [
        {
          kind: "missing-element",
          owner: containerId,
          text: `the port ${portText(port)} of ${shortId(containerId)} is not in the nft map`,
        },
      ];
    }),
    ...facts.elements.flatMap((element): NetworkFinding[] =>
      known.has(elementKey(element))
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
          ...(containerId === "" ? {} : { owner: containerId }),
          text: `the interface ${name} belongs to ${containerId === "" ? "nobody" : owner(containerId)}`,
        },
      ];
    }),
    ...compareRules(facts),
    ...compareBridges(facts, running),
    ...compareOverlay(facts),
  ];
}

function staleLeases({ leases }: Pick<NetworkFacts, "leases">, running: ReadonlySet<string>): NetworkFinding[] {
  return leases
    .filter(({ containerId }) => !running.has(containerId))
    .map(({ containerId, ipv4, ipv6 = "none" }) => ({
      kind: "stale-lease",
      owner: containerId,
      text: `the address ${ipv4 ?? ipv6} is leased to ${owner(containerId)}`,
    }));
}

function compareRules({ flushedChains: chains = [] }: NetworkFacts): NetworkFinding[] {
  if (chains.length === 0) return [];
  return [{ kind: "flushed-chains", text: `rules are gone from the nft chains ${chains.join(", ")}` }];
}

// What is left of networks of a cluster.
function compareOverlay({ strayTunnels = [], strayTable = false }: NetworkFacts): NetworkFinding[] {
  const table = "ports lead to other hosts of a cluster, of which this one has no network";
  return [
    ...strayTunnels.map(
      (name): NetworkFinding => ({ kind: "stray-tunnel", name, text: `the tunnel ${name} belongs to no network` }),
    ),
    ...(strayTable ? [{ kind: "stray-table", text: table } as const] : []),
  ];
}

function compareBridges(
  { strayBridges, unruledBridges, looseEnds: loose = [] }: NetworkFacts,
  running: ReadonlySet<string>,
): NetworkFinding[] {
  const unruled = unruledBridges.filter(({ containerId }) => running.has(containerId));
  return [
    ...strayBridges.map(
      (name): NetworkFinding => ({ kind: "stray-bridge", name, text: `the bridge ${name} belongs to no network` }),
    ),
    ...loose
      .filter(({ containerId }) => running.has(containerId))
      .map(
        ({ name, containerId, bridge }): NetworkFinding => ({
          kind: "loose-end",
          owner: containerId,
          text: `the interface ${name} of ${shortId(containerId)} is not on the bridge ${bridge}`,
        }),
      ),
    ...unruled.map(
      ({ name, containerId }): NetworkFinding => ({
        kind: "unruled-bridge",
        owner: containerId,
        text: `the bridge ${name}, which ${shortId(containerId)} is on, is not in the nft table`,
      }),
    ),
  ];
}

/** Takes away what the findings name, and puts back elements that are missing. Idempotent. */
export function repairNetwork(
  root: NetworkRoot,
  store: Database,
  live: Database,
  findings: readonly NetworkFinding[],
): void {
  const gone = new Set(
    findings.flatMap((finding) =>
      finding.kind === "stale-lease" || finding.kind === "stale-port" ? [finding.owner] : [],
    ),
  );
  for (const containerId of gone) detachEndpoint(root, live, containerId);
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  const strays = findings.flatMap((finding) => (finding.kind === "stray-element" ? [finding.element] : []));
  withdrawElements(filter, root, live, strays);
  if (findings.some(({ kind }) => ["missing-element", "unruled-bridge", "flushed-chains"].includes(kind)))
    applyTable(root, store, live);
  if (findings.some(({ kind }) => kind === "stray-table")) deleteTable(filter, doorsTable(root));
  using route = new NetlinkSocket(NETLINK.ROUTE);
  for (const finding of findings) {
    if (finding.kind === "loose-end") rejoinBridges(route, root, bridgeNetworks(store, root), finding.owner);
    if (finding.kind === "stray-veth" || finding.kind === "stray-tunnel") removeLink(route, finding.name);
    if (finding.kind === "stray-bridge") removeBridge(route, finding.name);
  }
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
