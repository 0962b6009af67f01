import { ERRNO } from "../errno.ts";
import { NetlinkWriter, NLA_F_NESTED, NLM_F } from "./message.ts";
import { AF_INET, AF_INET6 } from "./route.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/netfilter/nfnetlink_conntrack.h; subsystem 1 is conntrack.
const IPCTNL_MSG_CT_DELETE = (1 << 8) | 2;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, FILTER: 25 } as const;
const TUPLE = { IP: 1, PROTO: 2 } as const;
const PROTO = { NUMBER: 1, DST_PORT: 3 } as const;
const FILTER = { ORIG_FLAGS: 1, REPLY_FLAGS: 2 } as const;
const FLAG = { SRC: 1, PROTO_NUMBER: 8, DST_PORT: 32 } as const;
const UDP = 17;
// Each is answered, and the answers must fit in the socket's receive buffer.
const FILTERS_PER_SEND = 64;

/**
 * Which connections to forget: those whose first packet went to a UDP port, those of UDP that an address answers, or those in which an
 * address is the source of one direction.
 */
export type ConntrackFilter =
  | { kind: "udp-port"; family: 4 | 6; port: number }
  | { kind: "udp-peer"; address: Uint8Array }
  | { kind: "source"; direction: "original" | "reply"; address: Uint8Array };

/**
 * Forgets tracked connections, so that the next packet meets the present rules: a UDP flow would follow its old target for as long as it
 * lives. Returns false when the kernel cannot filter (before 5.9, or without the module): then nothing was removed.
 */
export function flushConntrack(socket: NetlinkSocket, filters: readonly ConntrackFilter[]): boolean {
  for (let at = 0; at < filters.length; at += FILTERS_PER_SEND) {
    const writer = new NetlinkWriter();
    for (const filter of filters.slice(at, at + FILTERS_PER_SEND)) writeFilter(writer, filter);
    const unable = [ERRNO.EOPNOTSUPP, ERRNO.EINVAL];
    const { failures } = socket.exchange("forgetting tracked connections", writer, [ERRNO.ENOENT, ...unable]);
    if (failures.some(({ errno }) => errno !== ERRNO.ENOENT)) return false;
  }
  return true;
}

function writeFilter(writer: NetlinkWriter, filter: ConntrackFilter): void {
  const v4 = filter.kind === "udp-port" ? filter.family === 4 : filter.address.length === 4;
  writer.message(IPCTNL_MSG_CT_DELETE, NLM_F.REQUEST | NLM_F.ACK, () => {
    writer
      .u8(v4 ? AF_INET : AF_INET6)
      .u8(0)
      .u16be(0);
    if (filter.kind === "udp-port") {
      writer.attribute(CTA.TUPLE_ORIG | NLA_F_NESTED, () => {
        writer.attribute(TUPLE.PROTO | NLA_F_NESTED, () => {
          writer.attributeU8(PROTO.NUMBER, UDP).attributeU16be(PROTO.DST_PORT, filter.port);
        });
      });
      return writeFlags(writer, FLAG.PROTO_NUMBER | FLAG.DST_PORT, 0);
    }
    const original = filter.kind === "source" && filter.direction === "original";
    const udp = filter.kind === "udp-peer";
    writer.attribute((original ? CTA.TUPLE_ORIG : CTA.TUPLE_REPLY) | NLA_F_NESTED, () => {
      writer.attribute(TUPLE.IP | NLA_F_NESTED, () => writer.attributeBytes(v4 ? 1 : 3, filter.address));
      if (udp) writer.attribute(TUPLE.PROTO | NLA_F_NESTED, () => writer.attributeU8(PROTO.NUMBER, UDP));
    });
    return original
      ? writeFlags(writer, FLAG.SRC, 0)
      : writeFlags(writer, 0, udp ? FLAG.SRC | FLAG.PROTO_NUMBER : FLAG.SRC);
  });
}

function writeFlags(writer: NetlinkWriter, original: number, reply: number): void {
  writer.attribute(CTA.FILTER | NLA_F_NESTED, () => {
    if (original !== 0) writer.attributeU32(FILTER.ORIG_FLAGS, original);
    if (reply !== 0) writer.attributeU32(FILTER.REPLY_FLAGS, reply);
  });
}
