import { NetlinkWriter, NLM_F, parseAttributes } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/neighbour.h, linux/rtnetlink.h
const RTM = { NEWNEIGH: 28, DELNEIGH: 29, GETNEIGH: 30 } as const;
const NDA = { DST: 1, LLADDR: 2, MASTER: 9 } as const;
const NTF = { SELF: 0x02, MASTER: 0x04 } as const;
const NUD = { NOARP: 0x40, PERMANENT: 0x80 } as const;
const AF_INET = 2;
const AF_BRIDGE = 7;
const AF_INET6 = 10;

/** What an interface is told of somebody behind it, for good: nothing is learned, and nothing asked for. */
export type Neighbour =
  /** Of a tunnel: frames for this MAC go to that host. */
  | { readonly kind: "tunnel"; readonly mac: Uint8Array; readonly via: Uint8Array }
  /** Of the bridge that the interface is a port of: this MAC is behind that port. */
  | { readonly kind: "port"; readonly mac: Uint8Array }
  /** Who has the address; a tunnel with `proxy` answers for it. */
  | { readonly kind: "address"; readonly mac: Uint8Array; readonly address: Uint8Array };

/** Tells an interface of a neighbour; one that is there already, differently perhaps, is replaced. */
export function putNeighbour(writer: NetlinkWriter, index: number, neighbour: Neighbour): void {
  writer.message(RTM.NEWNEIGH, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE, () =>
    body(writer, index, neighbour),
  );
}

/** Makes an interface forget a neighbour; the kernel says ENOENT where it does not know of any. */
export function deleteNeighbour(writer: NetlinkWriter, index: number, neighbour: Neighbour): void {
  writer.message(RTM.DELNEIGH, NLM_F.REQUEST | NLM_F.ACK, () => body(writer, index, neighbour));
}

function body(writer: NetlinkWriter, index: number, neighbour: Neighbour): void {
  const { kind, mac } = neighbour;
  const isAddress = kind === "address";
  writer
    .u8(isAddress ? (neighbour.address.length === 4 ? AF_INET : AF_INET6) : AF_BRIDGE)
    .u8(0)
    .u16(0)
    .u32(index)
    .u16(kind === "port" ? NUD.NOARP : NUD.PERMANENT)
    .u8(isAddress ? 0 : kind === "tunnel" ? NTF.SELF : NTF.MASTER)
    .u8(0);
  writer.attributeBytes(NDA.LLADDR, mac);
  if (kind === "address") writer.attributeBytes(NDA.DST, neighbour.address);
  if (kind === "tunnel") writer.attributeBytes(NDA.DST, neighbour.via);
}

/** The neighbours that an interface was told of; what it has found out by itself is not among them. */
export function listNeighbours(socket: NetlinkSocket, index: number): Neighbour[] {
  return [AF_BRIDGE, AF_INET, AF_INET6].flatMap((family) => {
    const writer = new NetlinkWriter();
    writer.message(RTM.GETNEIGH, NLM_F.REQUEST | NLM_F.DUMP, () =>
      writer.u8(family).u8(0).u16(0).u32(0).u16(0).u8(0).u8(0),
    );
    const { messages } = socket.exchange("listing the neighbours", writer);
    return messages.flatMap(({ payload }) => toNeighbour(payload, family, index));
  });
}

function toNeighbour(payload: Uint8Array, family: number, index: number): Neighbour[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const state = view.getUint16(8, true);
  if (payload[0] !== family || view.getUint32(4, true) !== index || (state & (NUD.NOARP | NUD.PERMANENT)) === 0)
    return [];
  const attributes = parseAttributes(payload, 12);
  const [mac, destination] = [attributes.get(NDA.LLADDR)?.slice(), attributes.get(NDA.DST)?.slice()];
  if (mac === undefined || mac.length !== 6) return [];
  if (family !== AF_BRIDGE) return destination === undefined ? [] : [{ kind: "address", mac, address: destination }];
  // The interface's own MAC is in the bridge's list as permanent, others of ours as static.
  if (attributes.has(NDA.MASTER)) return (state & NUD.NOARP) === 0 ? [] : [{ kind: "port", mac }];
  return destination === undefined ? [] : [{ kind: "tunnel", mac, via: destination }];
}
