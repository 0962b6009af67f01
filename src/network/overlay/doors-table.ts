import type { MapElement } from "../../host/netlink/netfilter.ts";
import { ipv4Bytes, ipv6Bytes, joined } from "./bytes.ts";
import type { SettledTable } from "./settle-table.ts";
import { ADDRESS_SLOTS, dealOut, SLOT_SIZES, slotBytes } from "./slots.ts";
import type { Door } from "./wanted.ts";

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

type Family = 4 | 6;

/** Slots of ports of every address, by their number; then that of ports of one address. */
const MAPS = { 4: { any: "slots", at: "slotsat" }, 6: { any: "slotsix", at: "slotsixat" } } as const;

/** What the kernel calls an address of a family. */
const ADDRESS = { 4: "ip daddr", 6: "ip6 daddr" } as const;

function mapsText(family: Family): string {
  const { any, at } = MAPS[family];
  const target = `${ADDRESS[family]} . th dport`;
  return [
    ...SLOT_SIZES.map(
      (size) => `  map ${any}${size} { typeof meta l4proto . th dport . numgen random mod ${size} : ${target}; }`,
    ),
    `  map ${at}${ADDRESS_SLOTS} { typeof meta l4proto . ${ADDRESS[family]} . th dport . numgen random mod ${ADDRESS_SLOTS} : ${target}; }`,
  ].join("\n");
}

// A miss in a map does not match, so the next line is tried: a port of one address comes before a port of every address.
function chainText(family: Family): string {
  const { any, at } = MAPS[family];
  const dnat = `    dnat ${family === 4 ? "ip" : "ip6"} to meta l4proto`;
  return `  chain doors${family} {
${dnat} . ${ADDRESS[family]} . th dport . numgen random mod ${ADDRESS_SLOTS} map @${at}${ADDRESS_SLOTS}
${SLOT_SIZES.map((size) => `${dnat} . th dport . numgen random mod ${size} map @${any}${size}`).join("\n")}
  }`;
}

function bodyOf(loopback6: boolean): string {
  return `${mapsText(4)}
${mapsText(6)}

  # After the root's own table: a container of this host has what comes in here; only without one it is led to another host's.
${chainText(4)}
${chainText(6)}
  chain pre {
    type nat hook prerouting priority -99; policy accept;
    meta nfproto ipv4 fib daddr type local goto doors4
    meta nfproto ipv6 fib daddr type local goto doors6
  }
  chain out {
    type nat hook output priority -99; policy accept;
    meta nfproto ipv4 fib daddr type local goto doors4
${loopback6 ? "" : "    ip6 daddr ::1 return\n"}    meta nfproto ipv6 fib daddr type local goto doors6
  }`;
}

const ALL_MAPS = [MAPS[4], MAPS[6]].flatMap(({ any, at }) => [
  ...SLOT_SIZES.map((size) => `${any}${size}`),
  `${at}${ADDRESS_SLOTS}`,
]);

/**
 * The table of a host: published ports whose containers are on other hosts, over IPv4 and IPv6. The client's address stays. `loopback6`:
 * whether what is sent to [::1] can be led on.
 */
export function doorsTableOf(name: string, doors: readonly Door[], loopback6: boolean): SettledTable {
  return {
    name,
    comment: `estiba doors 2${loopback6 ? "" : ", without ::1"}`,
    body: bodyOf(loopback6),
    maps: ALL_MAPS,
    groups: doors.map((door) => [...doorElements(door, 4), ...doorElements(door, 6)]),
  };
}

/** Whether a port is open on addresses of a family. */
function isOpen(hostIp: string, family: Family): boolean {
  return hostIp === "" || hostIp.includes(":") === (family === 6);
}

function doorElements({ protocol, hostIp, hostPort, targets }: Door, family: Family): MapElement[] {
  if (!isOpen(hostIp, family)) return [];
  const bytes = family === 4 ? ipv4Bytes : ipv6Bytes;
  const reached = targets.flatMap(({ ip, ip6, port }) => {
    const address = family === 4 ? ip : ip6;
    return address === undefined ? [] : [{ address, port }];
  });
  const isAny = ["", "0.0.0.0", "::"].includes(hostIp);
  const dealt = dealOut(reached, ({ address, port }) => `${address} ${port}`, isAny ? undefined : ADDRESS_SLOTS);
  const start = [Uint8Array.of(PROTOCOL_NUMBERS[protocol], 0, 0, 0), ...(isAny ? [] : [bytes(hostIp)])];
  const { any, at } = MAPS[family];
  return dealt.map(({ address, port }, slot): MapElement => {
    const key = joined(...start, portBytes(hostPort), slotBytes(slot));
    return { map: `${isAny ? any : at}${dealt.length}`, key, data: joined(bytes(address), portBytes(port)) };
  });
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff, 0, 0);
}
