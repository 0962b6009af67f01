import type { MapElement } from "../host/netlink/netfilter.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import type { PublishedPort } from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { parseIp } from "./address.ts";
import { bridgeOptions } from "./driver-options.ts";

/** What the text of a ruleset depends on besides networks and ports. */
export type RulesetOptions = { readonly loopback6: boolean };

const FORWARD_CHAINS = `  # Only what touches a bridge of ours is judged. Published ports pass before the last lines, which isolate networks from each other, but
  # for open ones, and refuse direct routing to ports that are not published. Who is refused is told so at once.
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname != @br oifname != @br accept
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname . oifname @same goto icc
    iifname @internal goto refuse
    oifname @internal goto refuse
    ct status dnat accept
    iifname @strict oifname @br goto refuse
    oifname @strict goto refuse
    iifname @open oifname @br accept
    iifname @br oifname @open accept
    oifname @br goto refuse
  }
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject with icmpx type admin-prohibited
  }
  chain icc {
    ct status dnat accept
    iifname @noicc goto refuse
  }`;

/** Stands as the table's comment: a table of another version of Estiba, or made under other circumstances, is replaced. */
export function rulesetComment(options: RulesetOptions): string {
  return `estiba ruleset 3${options.loopback6 ? "" : " without ::1"}`;
}

/** The chain that keeps networks from each other. */
export const FORWARD_CHAIN = "forward";

/** How many rules each chain of the table has. */
export function ruleCounts(options: RulesetOptions): ReadonlyMap<string, number> {
  const chains = chainsText(options).matchAll(/^ *chain (\w+) \{$(.*?)^ *\}$/gms);
  const isRule = (line: string): boolean => /^ *(?!type |#)\S/.test(line);
  return new Map([...chains].map(([, name = "", body = ""]) => [name, body.split("\n").filter(isRule).length]));
}

/** The maps from published ports to containers. */
const PORT_MAPS = ["any4", "adr4", "any6", "adr6"] as const;
/** Those from the slots of ports that several containers share. */
const SLOT_MAPS = ["any4s", "adr4s", "any6s", "adr6s"] as const;
export const ALL_PORT_MAPS: readonly string[] = [...PORT_MAPS, ...SLOT_MAPS];

/** Every new connection to a shared port draws one; each container has as many as the others, or one more. */
const SLOTS = 64;

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/**
 * The whole table as input of `nft -f`, applied atomically whether the table is there or not. Rules never change after that: networks
 * and published ports are elements of its sets and maps.
 */
export function rulesetText(
  table: string,
  networks: readonly NetworkRecord[],
  ports: readonly PublishedPort[],
  options: RulesetOptions,
): string {
  return `table inet ${table}
delete table inet ${table}
table inet ${table} {
  comment "${rulesetComment(options)}"
${setsText(networks)}
${mapsText(ports)}
${chainsText(options)}
}
`;
}

/** The element of a port as the kernel keeps it: key and data in parts of 4 bytes, numbers in network order. */
export function portElement(port: PublishedPort): MapElement {
  return { map: mapOf(port), key: hostKey(port), data: targetData(port) };
}

/** An element with the port that it is there for. */
export type PortElement = { readonly element: MapElement; readonly port: PublishedPort };

/** The elements that ports take: one each, and for those that are shared every slot, dealt out among the containers in turn. */
export function portElements(ports: readonly PublishedPort[]): PortElement[] {
  const alone = ports.filter(({ share }) => share === undefined);
  const shared = ports.filter(({ share }) => share !== undefined);
  return [...alone.map((port) => ({ port, element: portElement(port) })), ...slotElements(shared)];
}

function slotElements(ports: readonly PublishedPort[]): PortElement[] {
  const groups = Map.groupBy(ports, (port) => `${mapOf(port)} ${Buffer.from(hostKey(port)).toString("hex")}`);
  return [...groups.values()].flatMap((group) => {
    const members = group
      .filter(({ standby }) => standby !== true)
      .toSorted((a, b) => (a.containerId < b.containerId ? -1 : 1));
    if (members.length === 0) return [];
    return Array.from({ length: SLOTS }, (_, slot): PortElement => {
      const port = members[slot % members.length] as PublishedPort;
      return {
        port,
        element: { map: slotMapOf(port), key: concat(hostKey(port), slotBytes(slot)), data: targetData(port) },
      };
    });
  });
}

/** The map with the slots of a shared port. */
export function slotMapOf(port: PublishedPort): (typeof SLOT_MAPS)[number] {
  return `${mapOf(port)}s`;
}

/** Whether an element of a slot map is one of this port's. */
export function isSlotOf({ map, key }: MapElement, port: PublishedPort): boolean {
  return map === slotMapOf(port) && Buffer.from(key.subarray(0, -4)).equals(hostKey(port));
}

function mapOf({ hostIp }: PublishedPort): (typeof PORT_MAPS)[number] {
  const family = hostIp.includes(":") ? 6 : 4;
  return isAny(hostIp) ? `any${family}` : `adr${family}`;
}

// What comes from the host to a rootless engine has been taken at the wanted address, and all goes to one of the user's network.
function isAny(hostIp: string): boolean {
  return IN_USER_NAMESPACE || bytesOf(hostIp).every((byte) => byte === 0);
}

function hostKey({ protocol, hostIp, hostPort }: PublishedPort): Uint8Array {
  const number = Uint8Array.of(PROTOCOL_NUMBERS[protocol], 0, 0, 0);
  return concat(number, isAny(hostIp) ? new Uint8Array() : bytesOf(hostIp), portBytes(hostPort));
}

function targetData({ targetIp, targetPort }: PublishedPort): Uint8Array {
  return concat(bytesOf(targetIp), portBytes(targetPort));
}

// What numgen gives is a number as this machine has it.
function slotBytes(slot: number): Uint8Array {
  return new Uint8Array(new Uint32Array([slot]).buffer);
}

function setsText(networks: readonly NetworkRecord[]): string {
  const bridges = networks.map(({ bridgeName }) => bridgeName);
  const subnets = (family: 4 | 6): { bridge: string; cidr: string }[] =>
    networks.flatMap(({ bridgeName, subnets }) =>
      subnets.flatMap((subnet) => (subnet.family === family ? [{ bridge: bridgeName, cidr: subnet.cidr }] : [])),
    );
  const owned = (family: 4 | 6): string[] => subnets(family).map(({ bridge, cidr }) => `"${bridge}" . ${cidr}`);
  const masqueraded = (family: 4 | 6): string[] => {
    const leaving = networks.filter((network) => network.internal !== true && bridgeOptions(network).masquerade);
    return leaving.flatMap((network) =>
      network.subnets.flatMap((subnet) => (subnet.family === family ? [subnet.cidr] : [])),
    );
  };
  const bridgesOf = (fits: (network: NetworkRecord) => boolean): string =>
    elements(networks.filter(fits).map(({ bridgeName }) => quote(bridgeName)));
  return `  set br { type ifname; ${elements(bridges.map(quote))} }
  set internal { type ifname; ${bridgesOf(({ internal }) => internal === true)} }
  set noicc { type ifname; ${bridgesOf((network) => !bridgeOptions(network).siblings)} }
  set open { type ifname; ${bridgesOf((network) => bridgeOptions(network).isolation === "open")} }
  set strict { type ifname; ${bridgesOf((network) => bridgeOptions(network).isolation === "strict")} }
  # a pair per bridge, because nft cannot compare iif with oif
  set same { type ifname . ifname; ${elements(bridges.map((name) => `"${name}" . "${name}"`))} }
  set own4 { type ifname . ipv4_addr; flags interval; ${elements(owned(4))} }
  set own6 { type ifname . ipv6_addr; flags interval; ${elements(owned(6))} }
  set masq4 { type ipv4_addr; flags interval; ${elements(masqueraded(4))} }
  set masq6 { type ipv6_addr; flags interval; ${elements(masqueraded(6))} }`;
}

function mapsText(ports: readonly PublishedPort[]): string {
  const byMap = Map.groupBy(portElements(ports), ({ element }) => element.map);
  const of = (map: string): string => elements((byMap.get(map) ?? []).map(elementText));
  const slots = (map: (typeof SLOT_MAPS)[number], address: string, target: string): string =>
    `  map ${map} { typeof meta l4proto . ${address}th dport . numgen random mod ${SLOTS} : ${target} . th dport; ${of(map)} }`;
  return `  map any4 { type inet_proto . inet_service : ipv4_addr . inet_service; ${of("any4")} }
  map adr4 { type inet_proto . ipv4_addr . inet_service : ipv4_addr . inet_service; ${of("adr4")} }
  map any6 { type inet_proto . inet_service : ipv6_addr . inet_service; ${of("any6")} }
  map adr6 { type inet_proto . ipv6_addr . inet_service : ipv6_addr . inet_service; ${of("adr6")} }
${slots("any4s", "", "ip daddr")}
${slots("adr4s", "ip daddr . ", "ip daddr")}
${slots("any6s", "", "ip6 daddr")}
${slots("adr6s", "ip6 daddr . ", "ip6 daddr")}`;
}

function elementText({ element: { map, key }, port }: PortElement): string {
  const address = map.startsWith("adr") ? `${port.hostIp} . ` : "";
  const slot = map.endsWith("s") ? ` . ${new Uint32Array(key.slice(-4).buffer)[0]}` : "";
  return `${port.protocol} . ${address}${port.hostPort}${slot} : ${port.targetIp} . ${port.targetPort}`;
}

function chainsText({ loopback6 }: RulesetOptions): string {
  return `
  # route_localnet is on for the bridges: what comes from a container may still not reach the host's loopback addresses.
  chain raw_pre {
    type filter hook prerouting priority raw; policy accept;
    iifname @br ip daddr 127.0.0.0/8 drop
    iifname != "lo" ip6 daddr ::1 drop
  }

  # A miss in a map does not match, so the next line is tried: a port of one address comes before a port of every address.
  chain dnat_all {
    dnat ip to meta l4proto . ip daddr . th dport map @adr4
    dnat ip6 to meta l4proto . ip6 daddr . th dport map @adr6
    dnat ip to meta l4proto . ip daddr . th dport . numgen random mod ${SLOTS} map @adr4s
    dnat ip6 to meta l4proto . ip6 daddr . th dport . numgen random mod ${SLOTS} map @adr6s
    dnat ip to meta l4proto . th dport map @any4
    dnat ip6 to meta l4proto . th dport map @any6
    dnat ip to meta l4proto . th dport . numgen random mod ${SLOTS} map @any4s
    dnat ip6 to meta l4proto . th dport . numgen random mod ${SLOTS} map @any6s
  }
  chain pre {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local goto dnat_all
  }
  chain out {
    type nat hook output priority -100; policy accept;
    ${loopback6 ? "" : "ip6 daddr ::1 return"}
    fib daddr type local goto dnat_all
  }

  # Hairpin first (a container that reaches its own published port), by source and output only: with br_netfilter there is no input
  # interface here. Then: sources stay within a network, 127.0.0.1 and ::1 become answerable, and what leaves the bridge gets the host's address.
  chain post {
    type nat hook postrouting priority srcnat; policy accept;
    oifname . ip saddr @own4 ct status dnat masquerade
    oifname . ip6 saddr @own6 ct status dnat masquerade
    oifname . ip saddr @own4 return
    oifname . ip6 saddr @own6 return
    oifname @br ip saddr 127.0.0.0/8 masquerade
    oifname @br ip6 saddr ::1 masquerade
    ip saddr @masq4 ip daddr != 224.0.0.0/4 iifname @br masquerade
    ip6 saddr @masq6 ip6 daddr != ff00::/8 iifname @br masquerade
  }

${FORWARD_CHAINS}`;
}

function elements(list: readonly string[]): string {
  return list.length === 0 ? "" : `elements = { ${list.join(", ")} };`;
}

function quote(name: string): string {
  return `"${name}"`;
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff, 0, 0);
}

function bytesOf(address: string): Uint8Array {
  const bytes = parseIp(address);
  if (bytes === undefined) throw new TypeError(`not an address: ${JSON.stringify(address)}`);
  return bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
