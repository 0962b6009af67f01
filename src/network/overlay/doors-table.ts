import type { MapElement } from "../../host/netlink/netfilter.ts";
import { ipv4Bytes, joined } from "./bytes.ts";
import type { SettledTable } from "./settle-table.ts";
import { dealOut, SLOT_SIZES, slotBytes } from "./slots.ts";
import type { Door } from "./wanted.ts";

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

const BODY = `  set bound { type inet_proto . inet_service; }
  set bound_at { type ipv4_addr . inet_proto . inet_service; }
${SLOT_SIZES.map((size) => `  map slots${size} { typeof meta l4proto . th dport . numgen random mod ${size} : ip daddr . th dport; }`).join("\n")}

  # After the root's own table: a container of this host has what comes in here; only without one it is led to another host's.
  chain doors {
    meta l4proto . th dport @bound ip daddr . meta l4proto . th dport != @bound_at return
${SLOT_SIZES.map((size) => `    dnat ip to meta l4proto . th dport . numgen random mod ${size} map @slots${size}`).join("\n")}
  }
  chain pre {
    type nat hook prerouting priority -99; policy accept;
    meta nfproto ipv4 fib daddr type local goto doors
  }
  chain out {
    type nat hook output priority -99; policy accept;
    meta nfproto ipv4 fib daddr type local goto doors
  }`;

/** The table of a host: published ports whose containers are on other hosts. The client's address stays. */
export function doorsTableOf(name: string, doors: readonly Door[]): SettledTable {
  return {
    name,
    comment: "estiba doors 1",
    body: BODY,
    maps: ["bound", "bound_at", ...SLOT_SIZES.map((size) => `slots${size}`)],
    groups: doors.map(doorElements),
  };
}

function doorElements({ protocol, hostIp, hostPort, targets }: Door): MapElement[] {
  const key = Uint8Array.from([PROTOCOL_NUMBERS[protocol], 0, 0, 0, ...portBytes(hostPort)]);
  const dealt = dealOut(targets, ({ ip, port }) => `${ip} ${port}`);
  const slots = dealt.map(({ ip, port }, slot): MapElement => {
    const data = Uint8Array.from([...ipv4Bytes(ip), ...portBytes(port)]);
    return { map: `slots${dealt.length}`, key: joined(key, slotBytes(slot)), data };
  });
  if (hostIp === "" || hostIp === "0.0.0.0") return slots;
  const at = Uint8Array.from([...ipv4Bytes(hostIp), ...key]);
  const nothing = new Uint8Array();
  return [{ map: "bound", key, data: nothing }, { map: "bound_at", key: at, data: nothing }, ...slots];
}

function portBytes(port: number): number[] {
  return [port >> 8, port & 0xff, 0, 0];
}
