import { attributeNumber, NetlinkWriter, NLM_F, parseAttributes } from "./message.ts";
import { AF_INET, AF_INET6 } from "./route.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/fib_rules.h, linux/rtnetlink.h
const RTM = { NEWROUTE: 24, DELROUTE: 25, NEWRULE: 32, DELRULE: 33, GETRULE: 34 } as const;
const FRA = { PRIORITY: 6, FWMARK: 10, TABLE: 15 } as const;
const RTA = { OIF: 4, GATEWAY: 5, PRIORITY: 6, TABLE: 15 } as const;
const FR_ACT_TO_TBL = 1;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const RT_TABLE_MAIN = 254;
const RT_SCOPE_LINK = 253;
/** Before the main table's. */
const PRIORITY = 100;
/** Behind every route that somebody else makes. */
const LAST_METRIC = 0x45530000;

type Family = 4 | 6;

/** Packets with a mark leave by a gateway; the routing table that says so has the mark's number. */
export type MarkRoute = { readonly mark: number; readonly gateway: Uint8Array; readonly index: number };

/** Makes the route, then the rule that leads to it; a route that is there is replaced. */
export function putMarkRoute(writer: NetlinkWriter, { mark, gateway, index }: MarkRoute): void {
  const family = gateway.length === 4 ? 4 : 6;
  writer.message(RTM.NEWROUTE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE, () => {
    header(writer, family, { table: 0, scope: 0 });
    writer.attributeU32(RTA.TABLE, mark).attributeBytes(RTA.GATEWAY, gateway).attributeU32(RTA.OIF, index);
  });
  // The kernel says EEXIST for one that is there.
  writer.message(RTM.NEWRULE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, () =>
    ruleBody(writer, family, mark),
  );
}

/** Takes the rule away; the kernel says ENOENT where there is none. The route is of no effect without it. */
export function deleteMarkRule(writer: NetlinkWriter, family: Family, mark: number): void {
  writer.message(RTM.DELRULE, NLM_F.REQUEST | NLM_F.ACK, () => ruleBody(writer, family, mark));
}

/** An interface as the way to all whom no other route leads to; the kernel says EEXIST where it is so. */
export function addLastRoute(writer: NetlinkWriter, family: Family, index: number): void {
  writer.message(RTM.NEWROUTE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, () =>
    lastRoute(writer, family, index),
  );
}

/** Takes it away again; the kernel says ESRCH where there is none. */
export function deleteLastRoute(writer: NetlinkWriter, family: Family, index: number): void {
  writer.message(RTM.DELROUTE, NLM_F.REQUEST | NLM_F.ACK, () => lastRoute(writer, family, index));
}

function lastRoute(writer: NetlinkWriter, family: Family, index: number): void {
  header(writer, family, { table: RT_TABLE_MAIN, scope: family === 4 ? RT_SCOPE_LINK : 0 });
  writer.attributeU32(RTA.OIF, index).attributeU32(RTA.PRIORITY, LAST_METRIC);
}

/** struct rtmsg */
function header(writer: NetlinkWriter, family: Family, { table, scope }: { table: number; scope: number }): void {
  writer.u8(numberOf(family)).u8(0).u8(0).u8(0).u8(table).u8(RTPROT_BOOT).u8(scope).u8(RTN_UNICAST).u32(0);
}

/** struct fib_rule_hdr */
function ruleBody(writer: NetlinkWriter, family: Family, mark: number): void {
  writer.u8(numberOf(family)).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(FR_ACT_TO_TBL).u32(0);
  writer.attributeU32(FRA.PRIORITY, PRIORITY).attributeU32(FRA.FWMARK, mark).attributeU32(FRA.TABLE, mark);
}

/** The marks that lead to a table of their own. */
export function listMarkRules(socket: NetlinkSocket, family: Family): number[] {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETRULE, NLM_F.REQUEST | NLM_F.DUMP, () =>
    writer.u8(numberOf(family)).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u32(0),
  );
  return socket.exchange("listing the routing rules", writer).messages.flatMap(({ payload }) => {
    const attributes = parseAttributes(payload, 12);
    const mark = attributeNumber(attributes.get(FRA.FWMARK));
    return mark !== 0 && attributeNumber(attributes.get(FRA.TABLE)) === mark ? [mark] : [];
  });
}

function numberOf(family: Family): number {
  return family === 4 ? AF_INET : AF_INET6;
}
