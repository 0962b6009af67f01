import type { MapElement } from "../../host/netlink/netfilter.ts";
import { parseMac } from "../address.ts";
import { ipv4Bytes, ipv6Bytes, joined } from "./bytes.ts";
import { TASK_TABLE } from "./names.ts";
import type { SettledTable } from "./settle-table.ts";
import { dealOut, SLOT_SIZES, slotBytes } from "./slots.ts";
import type { Balanced, Gate } from "./wanted.ts";

/** Marks of hosts: what is no host's has another beginning. */
const MARK_BASE = 0x45530000;

/** The mark of conversations that have come in by a host, from its address on the network of published ports. */
export function markOf(gateIp: string): number {
  const bytes = ipv4Bytes(gateIp);
  return MARK_BASE + (bytes[2] ?? 0) * 256 + (bytes[3] ?? 0);
}

/** Whether a mark is one of {@link markOf}. */
export function isGateMark(mark: number): boolean {
  return mark >= MARK_BASE && mark < MARK_BASE + 0x10000;
}

const NUMBERS = SLOT_SIZES.map((size) => `    dnat ip to ip daddr . numgen random mod ${size} map @slots${size}`);

/** The same for IPv6, where a network has it. */
const BODY6 = `  set vips6 { type ipv6_addr; }
${SLOT_SIZES.map((size) => `  map slotsix${size} { typeof ip6 daddr . numgen random mod ${size} : ip6 daddr; }`).join("\n")}
  chain balance6 {
${SLOT_SIZES.map((size) => `    dnat ip6 to ip6 daddr . numgen random mod ${size} map @slotsix${size}`).join("\n")}
  }
  chain out6 {
    type nat hook output priority -100; policy accept;
    ip6 daddr @vips6 goto balance6
  }
  chain nobody6 {
    type filter hook output priority filter; policy accept;
    ip6 daddr @vips6 meta l4proto tcp reject with tcp reset
    ip6 daddr @vips6 reject with icmpv6 type port-unreachable
  }`;

const BODY = `  set vips { type ipv4_addr; }
  map gates { type ether_addr : mark; }
  set gate_ips { type ipv4_addr; }
  set gate_ips6 { type ipv6_addr; }
  map homes { type ether_addr : ipv4_addr; }
  map homes6 { type ether_addr : ipv6_addr; }
  set inward { type nf_proto . ifname; }
${SLOT_SIZES.map((size) => `  map slots${size} { typeof ip daddr . numgen random mod ${size} : ip daddr; }`).join("\n")}

  # A miss in a map does not match: each address has slots in one of them, or, with nobody behind it, in none.
  chain balance {
${NUMBERS.join("\n")}
  }
  chain out {
    type nat hook output priority -100; policy accept;
    ip daddr @vips goto balance
  }
  chain nobody {
    type filter hook output priority filter; policy accept;
    ip daddr @vips meta l4proto tcp reject with tcp reset
    ip daddr @vips reject with icmp type port-unreachable
  }

  # Who came in by another host's port is answered by way of that host, which alone knows how to put the client's address back.
  chain arrive {
    type filter hook prerouting priority mangle; policy accept;
    ct direction original ct mark set ether saddr map @gates
  }
  # It is led on to the address by which the container goes out: a UDP server answers strangers by that one, whatever it was asked at.
  chain home {
    type nat hook prerouting priority dstnat; policy accept;
    ip saddr @gate_ips return
    ip6 saddr @gate_ips6 return
    dnat ip to ether saddr map @homes
    dnat ip6 to ether saddr map @homes6
  }
  chain answer {
    type route hook output priority mangle; policy accept;
    ct mark != 0 meta mark set ct mark
  }
  # The last route of a container that has no way out is there for such answers: what it begins itself is refused as if there were none.
  chain stay {
    type filter hook output priority filter; policy accept;
    meta mark 0 meta l4proto { tcp, udp } meta nfproto . oifname @inward reject with icmpx type no-route
  }`;

/** By which way containers let in what comes from outside. */
export type GateWay = {
  readonly gates: readonly Gate[];
  /** The interface on the network of published ports; undefined for a container that is not on it. */
  readonly gateInterface: string | undefined;
  /** The addresses by which it goes out, where it does. */
  readonly home: string | undefined;
  readonly home6: string | undefined;
};

/** The table of a container: virtual addresses of its networks, and the hosts that connections come in by. */
export function taskTable(balanced: readonly Balanced[], way: GateWay): SettledTable {
  // Most have no IPv6: their tables are half as large.
  const hasSix = balanced.some(({ vip }) => vip.includes(":"));
  const gates = ["gates", "gate_ips", "gate_ips6", "homes", "homes6", "inward"];
  const maps = ["vips", ...gates, ...SLOT_SIZES.map((size) => `slots${size}`)];
  return {
    name: TASK_TABLE,
    comment: hasSix ? "estiba task 2, IPv6" : "estiba task 2",
    body: hasSix ? `${BODY}\n${BODY6}` : BODY,
    maps: hasSix ? [...maps, "vips6", ...SLOT_SIZES.map((size) => `slotsix${size}`)] : maps,
    groups: [...balanced.map(balancedElements), wayElements(way)],
  };
}

const made = new WeakMap<Balanced, readonly MapElement[]>();

// The same value gives the same list: what has not changed is seen without a look into it.
function balancedElements(balanced: Balanced): readonly MapElement[] {
  const elements = made.get(balanced) ?? makeElements(balanced);
  made.set(balanced, elements);
  return elements;
}

function makeElements({ vip, backends }: Balanced): MapElement[] {
  const isSix = vip.includes(":");
  const bytes = isSix ? ipv6Bytes : ipv4Bytes;
  const key = bytes(vip);
  const dealt = dealOut(backends, (ip) => ip);
  const map = `${isSix ? "slotsix" : "slots"}${dealt.length}`;
  const slots = dealt.map((ip, slot): MapElement => ({ map, key: joined(key, slotBytes(slot)), data: bytes(ip) }));
  return [{ map: isSix ? "vips6" : "vips", key, data: new Uint8Array() }, ...slots];
}

function wayElements(way: GateWay): MapElement[] {
  const { gates, gateInterface, home, home6 } = way;
  const inward = inwardFamilies(way).map(
    (family): MapElement => ({ map: "inward", key: inwardKey(family, gateInterface ?? ""), data: new Uint8Array() }),
  );
  return [...inward, ...gates.flatMap((gate) => gateElements(gate, home, home6))];
}

/** The families in which a container is reached by hosts, and has no way out. */
export function inwardFamilies({ gates, gateInterface, home, home6 }: GateWay): (4 | 6)[] {
  if (gateInterface === undefined || gates.length === 0) return [];
  const isSixth = gates.some(({ ip6 }) => ip6 !== undefined);
  return [...(home === undefined ? ([4] as const) : []), ...(home6 === undefined && isSixth ? ([6] as const) : [])];
}

// NFPROTO_IPV4 or NFPROTO_IPV6, then the name as the kernel keeps it.
function inwardKey(family: 4 | 6, name: string): Uint8Array {
  const bytes = new Uint8Array(20);
  bytes[0] = family === 4 ? 2 : 10;
  bytes.set(new TextEncoder().encode(name).subarray(0, 15), 4);
  return bytes;
}

function gateElements({ ip, ip6, mac }: Gate, home: string | undefined, home6: string | undefined): MapElement[] {
  const key = parseMac(mac) ?? new Uint8Array(6);
  const mark = new Uint8Array(new Uint32Array([markOf(ip)]).buffer);
  const nothing = new Uint8Array();
  return [
    { map: "gates", key, data: mark },
    { map: "gate_ips", key: ipv4Bytes(ip), data: nothing },
    ...(ip6 === undefined ? [] : [{ map: "gate_ips6", key: ipv6Bytes(ip6), data: nothing }]),
    ...(home === undefined ? [] : [{ map: "homes", key, data: ipv4Bytes(home) }]),
    ...(home6 === undefined ? [] : [{ map: "homes6", key, data: ipv6Bytes(home6) }]),
  ];
}
