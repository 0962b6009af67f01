import { attributeNumber, NetlinkWriter, NLM_F, parseAttributes } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/fib_rules.h, linux/rtnetlink.h
const RTM = { NEWROUTE: 24, NEWRULE: 32, DELRULE: 33, GETRULE: 34 } as const;
const FRA = { PRIORITY: 6, FWMARK: 10, TABLE: 15 } as const;
const RTA = { OIF: 4, GATEWAY: 5, TABLE: 15 } as const;
const FR_ACT_TO_TBL = 1;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const AF_INET = 2;
/** Before the main table's. */
const PRIORITY = 100;

/** Packets with a mark leave by a gateway; the routing table that says so has the mark's number. */
export type MarkRoute = { readonly mark: number; readonly gateway: Uint8Array; readonly index: number };

/** Makes the route, then the rule that leads to it; a route that is there is replaced. */
export function putMarkRoute(writer: NetlinkWriter, { mark, gateway, index }: MarkRoute): void {
  writer.message(RTM.NEWROUTE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE, () => {
    writer.u8(AF_INET).u8(0).u8(0).u8(0).u8(0).u8(RTPROT_BOOT).u8(0).u8(RTN_UNICAST).u32(0);
    writer.attributeU32(RTA.TABLE, mark).attributeBytes(RTA.GATEWAY, gateway).attributeU32(RTA.OIF, index);
  });
  // The kernel says EEXIST for one that is there.
  writer.message(RTM.NEWRULE, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL, () => ruleBody(writer, mark));
}

/** Takes the rule away; the kernel says ENOENT where there is none. The route is of no effect without it. */
export function deleteMarkRule(writer: NetlinkWriter, mark: number): void {
  writer.message(RTM.DELRULE, NLM_F.REQUEST | NLM_F.ACK, () => ruleBody(writer, mark));
}

function ruleBody(writer: NetlinkWriter, mark: number): void {
  writer.u8(AF_INET).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(FR_ACT_TO_TBL).u32(0);
  writer.attributeU32(FRA.PRIORITY, PRIORITY).attributeU32(FRA.FWMARK, mark).attributeU32(FRA.TABLE, mark);
}

/** The marks that lead to a table of their own. */
export function listMarkRules(socket: NetlinkSocket): number[] {
  const writer = new NetlinkWriter();
  writer.message(RTM.GETRULE, NLM_F.REQUEST | NLM_F.DUMP, () =>
    writer.u8(AF_INET).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u8(0).u32(0),
  );
  return socket.exchange("listing the routing rules", writer).messages.flatMap(({ payload }) => {
    const attributes = parseAttributes(payload, 12);
    const mark = attributeNumber(attributes.get(FRA.FWMARK));
    return mark !== 0 && attributeNumber(attributes.get(FRA.TABLE)) === mark ? [mark] : [];
  });
}
