import { ERRNO } from "../errno.ts";
import {
  attributeNumberBe,
  attributeText,
  listAttributes,
  NetlinkWriter,
  NLA_F_NESTED,
  NLM_F,
  parseAttributes,
} from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

// linux/netfilter/nfnetlink.h, nf_tables.h; subsystem 10 is nf_tables.
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
const SUBSYSTEM = 10;
const NFT_MSG = {
  GETTABLE: 1,
  DELTABLE: 2,
  GETCHAIN: 4,
  GETRULE: 7,
  DELRULE: 8,
  NEWSETELEM: 12,
  GETSETELEM: 13,
  DELSETELEM: 14,
  GETGEN: 16,
} as const;
const TABLE = { NAME: 1, USERDATA: 6 } as const;
const CHAIN = { TABLE: 1, NAME: 3, HOOK: 4, POLICY: 5, USE: 6 } as const;
const RULE = { TABLE: 1, CHAIN: 2, HANDLE: 3, USERDATA: 7 } as const;
const ELEMENTS = { TABLE: 1, SET: 2, LIST: 3 } as const;
const ELEMENT = { KEY: 1, DATA: 2 } as const;
const DATA_VALUE = 1;
const GENERATION_ID = 1;
/** IFNAMSIZ */
const INTERFACE_BYTES = 16;
const HOOK_NUMBER = 1;
// libnftnl's user data: type, length, text with its NUL; type 0 is the comment of a table and of a rule.
const UDATA_COMMENT = 0;

// An attribute is limited to 64 KiB; an IPv6 element takes 68 bytes.
const ELEMENTS_PER_MESSAGE = 250;
// A batch must fit in the socket's send buffer of about 200 KiB.
const ELEMENTS_PER_BATCH = 2000;

/** Netfilter's protocol families. */
export const NFPROTO = { UNSPEC: 0, INET: 1, IPV4: 2, IPV6: 10 } as const;
/** `NF_INET_FORWARD`, the hook of what passes through the host. */
export const HOOK_FORWARD = 2;

/** One element of a map: key and data as the kernel lays them out, each part padded to 4 bytes. */
export type MapElement = { map: string; key: Uint8Array; data: Uint8Array };
export type NftChain = { family: number; table: string; name: string; hook: number | undefined; policyDrop: boolean };
type ChainRef = { family: number; table: string; name: string };
export type NftRule = { handle: Uint8Array; comment: string };

/** The comment of an inet table, or undefined when there is no such table. */
export function readTableComment(socket: NetlinkSocket, table: string): string | undefined {
  const writer = new NetlinkWriter();
  askForTable(writer, table);
  const { messages } = socket.exchange(`looking up the nft table ${table}`, writer, [ERRNO.ENOENT]);
  const [message] = messages;
  return message && commentOf(parseAttributes(message.payload, 4).get(TABLE.USERDATA));
}

/** {@link readTableComment}, and by the same question how many rules a chain has to which no other leads; undefined without either. */
export function readTable(
  socket: NetlinkSocket,
  table: string,
  chain: string,
): { readonly comment: string; readonly rules: number } | undefined {
  const writer = new NetlinkWriter();
  askForTable(writer, table);
  askForChain(writer, { family: NFPROTO.INET, table, name: chain });
  const { messages } = socket.exchange(`looking up the nft table ${table}`, writer, [ERRNO.ENOENT]);
  const [ofTable, ofChain] = messages.map(({ payload }) => parseAttributes(payload, 4));
  if (ofTable === undefined || ofChain === undefined) return undefined;
  return { comment: commentOf(ofTable.get(TABLE.USERDATA)), rules: attributeNumberBe(ofChain.get(CHAIN.USE)) };
}

/** How many rules each chain of an inet table has; those without any are left out. */
export function countRules(socket: NetlinkSocket, table: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { payload } of rulesOf(socket, { family: NFPROTO.INET, table })) {
    const chain = attributeText(parseAttributes(payload, 4).get(RULE.CHAIN));
    counts.set(chain, (counts.get(chain) ?? 0) + 1);
  }
  return counts;
}

/** Changes with every change of any table in the namespace, whoever makes it. */
export function readGeneration(socket: NetlinkSocket): number {
  const writer = new NetlinkWriter();
  writer.message(type(NFT_MSG.GETGEN), NLM_F.REQUEST | NLM_F.ACK, () => header(writer, NFPROTO.UNSPEC));
  const [message] = socket.exchange("asking for the generation of nftables", writer).messages;
  return attributeNumberBe(message && parseAttributes(message.payload, 4).get(GENERATION_ID));
}

/** Removes an inet table with everything in it; true when there was one. */
export function deleteTable(socket: NetlinkSocket, table: string): boolean {
  const writer = new NetlinkWriter();
  inBatch(writer, () => {
    writer.message(type(NFT_MSG.DELTABLE), NLM_F.REQUEST | NLM_F.ACK, () => {
      header(writer, NFPROTO.INET);
      writer.attributeString(TABLE.NAME, table);
    });
  });
  return socket.exchange(`removing the nft table ${table}`, writer, [ERRNO.ENOENT]).failures.length === 0;
}

/**
 * Adds elements to maps of an inet table. All of a batch of 2,000 or none are added. An element that is there with the same data is
 * fine; one with other data makes the kernel refuse (`conflict`).
 */
export function addElements(socket: NetlinkSocket, table: string, elements: readonly MapElement[]): void {
  for (const part of chunks(elements, ELEMENTS_PER_BATCH)) {
    const writer = new NetlinkWriter();
    const flags = NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE;
    inBatch(writer, () => writeElements(writer, table, part, { message: NFT_MSG.NEWSETELEM, flags, data: true }));
    socket.exchange("publishing ports in nftables", writer);
  }
}

/** Removes elements by key; those that are not there, or a table that is not there, are fine. */
export function deleteElements(socket: NetlinkSocket, table: string, elements: readonly MapElement[]): void {
  for (const part of chunks(elements, ELEMENTS_PER_BATCH)) {
    if (deleteBatch(socket, table, part)) continue;
    // One missing element makes the kernel refuse the batch: then each goes alone.
    for (const element of part) deleteBatch(socket, table, [element]);
  }
}

/**
 * Removes elements and adds others in one step, which every packet meets before or after, never between. All or nothing: at most 1,000
 * together, and what is removed must be there (`not_found`).
 */
export function exchangeElements(
  socket: NetlinkSocket,
  table: string,
  { removed, added }: { readonly removed: readonly MapElement[]; readonly added: readonly MapElement[] },
): void {
  if (removed.length === 0 && added.length === 0) return;
  const writer = new NetlinkWriter();
  const flags = NLM_F.REQUEST | NLM_F.ACK;
  inBatch(writer, () => {
    writeElements(writer, table, removed, { message: NFT_MSG.DELSETELEM, flags, data: false });
    writeElements(writer, table, added, { message: NFT_MSG.NEWSETELEM, flags: flags | NLM_F.CREATE, data: true });
  });
  socket.exchange("sharing ports out in nftables", writer);
}

/** Whether an interface is in a set of names of an inet table; false where there is no such table or set. */
export function hasInterface(
  socket: NetlinkSocket,
  { table, set }: { table: string; set: string },
  name: string,
): boolean {
  const key = new Uint8Array(INTERFACE_BYTES);
  key.set(Buffer.from(name));
  const writer = new NetlinkWriter();
  const options = { message: NFT_MSG.GETSETELEM, flags: NLM_F.REQUEST | NLM_F.ACK, data: false };
  writeElements(writer, table, [{ map: set, key, data: new Uint8Array() }], options);
  return socket.exchange(`looking for ${name} in nftables`, writer, [ERRNO.ENOENT]).failures.length === 0;
}

/** The elements of one map of an inet table; empty when there is no such map. */
export function listElements(socket: NetlinkSocket, table: string, map: string): MapElement[] {
  const writer = new NetlinkWriter();
  writer.message(type(NFT_MSG.GETSETELEM), NLM_F.REQUEST | NLM_F.DUMP, () => {
    header(writer, NFPROTO.INET);
    writer.attributeString(ELEMENTS.TABLE, table).attributeString(ELEMENTS.SET, map);
  });
  const { messages } = socket.exchange(`listing the nft map ${map}`, writer, [ERRNO.ENOENT]);
  return messages.flatMap(({ payload }) => {
    const list = parseAttributes(payload, 4).get(ELEMENTS.LIST);
    return list === undefined ? [] : listAttributes(list).map(([, element]) => toElement(map, element));
  });
}

/** Every chain of every family. */
export function listChains(socket: NetlinkSocket): NftChain[] {
  const writer = new NetlinkWriter();
  writer.message(type(NFT_MSG.GETCHAIN), NLM_F.REQUEST | NLM_F.DUMP, () => header(writer, NFPROTO.UNSPEC));
  return socket.exchange("listing the nft chains", writer).messages.map(({ payload }) => toChain(payload));
}

/** One chain, or undefined. */
export function findChain(socket: NetlinkSocket, chain: ChainRef): NftChain | undefined {
  const writer = new NetlinkWriter();
  askForChain(writer, chain);
  const { messages } = socket.exchange(`looking up the nft chain ${chain.name}`, writer, [ERRNO.ENOENT]);
  const [message] = messages;
  return message && toChain(message.payload);
}

/** The rules of one chain, in order. */
export function listRules(socket: NetlinkSocket, chain: ChainRef): NftRule[] {
  const writer = new NetlinkWriter();
  writer.message(type(NFT_MSG.GETRULE), NLM_F.REQUEST | NLM_F.DUMP, () => {
    header(writer, chain.family);
    writer.attributeString(RULE.TABLE, chain.table).attributeString(RULE.CHAIN, chain.name);
  });
  return socket.exchange(`listing the rules of ${chain.name}`, writer, [ERRNO.ENOENT]).messages.map(({ payload }) => {
    const attributes = parseAttributes(payload, 4);
    return {
      handle: (attributes.get(RULE.HANDLE) ?? new Uint8Array(8)).slice(),
      comment: commentOf(attributes.get(RULE.USERDATA)),
    };
  });
}

/** Whether a text, such as an interface's name, stands in any rule of a table. */
export function isInRules(socket: NetlinkSocket, table: { family: number; table: string }, text: string): boolean {
  return rulesOf(socket, table).some(({ payload }) => Buffer.from(payload).includes(text));
}

function rulesOf(
  socket: NetlinkSocket,
  { family, table }: { family: number; table: string },
): readonly { readonly payload: Uint8Array }[] {
  const writer = new NetlinkWriter();
  writer.message(type(NFT_MSG.GETRULE), NLM_F.REQUEST | NLM_F.DUMP, () => {
    header(writer, family);
    writer.attributeString(RULE.TABLE, table);
  });
  return socket.exchange(`listing the rules of ${table}`, writer, [ERRNO.ENOENT]).messages;
}

/** Removes one rule by the handle that {@link listRules} gave; one that is gone is fine. */
export function deleteRule(socket: NetlinkSocket, chain: ChainRef, rule: NftRule): void {
  const writer = new NetlinkWriter();
  inBatch(writer, () => {
    writer.message(type(NFT_MSG.DELRULE), NLM_F.REQUEST | NLM_F.ACK, () => {
      header(writer, chain.family);
      writer
        .attributeString(RULE.TABLE, chain.table)
        .attributeString(RULE.CHAIN, chain.name)
        .attributeBytes(RULE.HANDLE, rule.handle);
    });
  });
  socket.exchange(`removing a rule of ${chain.name}`, writer, [ERRNO.ENOENT]);
}

function askForTable(writer: NetlinkWriter, table: string): void {
  writer.message(type(NFT_MSG.GETTABLE), NLM_F.REQUEST | NLM_F.ACK, () => {
    header(writer, NFPROTO.INET);
    writer.attributeString(TABLE.NAME, table);
  });
}

function askForChain(writer: NetlinkWriter, { family, table, name }: ChainRef): void {
  writer.message(type(NFT_MSG.GETCHAIN), NLM_F.REQUEST | NLM_F.ACK, () => {
    header(writer, family);
    writer.attributeString(CHAIN.TABLE, table).attributeString(CHAIN.NAME, name);
  });
}

function deleteBatch(socket: NetlinkSocket, table: string, elements: readonly MapElement[]): boolean {
  const writer = new NetlinkWriter();
  const flags = NLM_F.REQUEST | NLM_F.ACK;
  inBatch(writer, () => writeElements(writer, table, elements, { message: NFT_MSG.DELSETELEM, flags, data: false }));
  return socket.exchange("unpublishing ports in nftables", writer, [ERRNO.ENOENT]).failures.length === 0;
}

type ElementMessage = { message: number; flags: number; data: boolean };

function writeElements(
  writer: NetlinkWriter,
  table: string,
  elements: readonly MapElement[],
  options: ElementMessage,
): void {
  for (const [map, ofMap] of Map.groupBy(elements, (element) => element.map)) {
    for (const part of chunks(ofMap, ELEMENTS_PER_MESSAGE)) {
      writer.message(type(options.message), options.flags, () => {
        header(writer, NFPROTO.INET);
        writer.attributeString(ELEMENTS.TABLE, table).attributeString(ELEMENTS.SET, map);
        writer.attribute(ELEMENTS.LIST | NLA_F_NESTED, () => {
          for (const element of part) writeElement(writer, element, options.data);
        });
      });
    }
  }
}

function writeElement(writer: NetlinkWriter, element: MapElement, withData: boolean): void {
  const value = (kind: number, bytes: Uint8Array): NetlinkWriter =>
    writer.attribute(kind | NLA_F_NESTED, () => writer.attributeBytes(DATA_VALUE, bytes));
  writer.attribute(1 | NLA_F_NESTED, () => {
    value(ELEMENT.KEY, element.key);
    // A set's have none.
    if (withData && element.data.length > 0) value(ELEMENT.DATA, element.data);
  });
}

function inBatch(writer: NetlinkWriter, body: () => void): void {
  const edge = (kind: number): number =>
    writer.message(kind, NLM_F.REQUEST, () => writer.u8(NFPROTO.UNSPEC).u8(0).u16be(SUBSYSTEM));
  edge(NFNL_MSG_BATCH_BEGIN);
  body();
  edge(NFNL_MSG_BATCH_END);
}

function type(message: number): number {
  return (SUBSYSTEM << 8) | message;
}

/** struct nfgenmsg */
function header(writer: NetlinkWriter, family: number): void {
  writer.u8(family).u8(0).u16be(0);
}

function toElement(map: string, bytes: Uint8Array): MapElement {
  const attributes = parseAttributes(bytes);
  const value = (kind: number): Uint8Array => {
    const nested = attributes.get(kind);
    return (nested && parseAttributes(nested).get(DATA_VALUE))?.slice() ?? new Uint8Array();
  };
  return { map, key: value(ELEMENT.KEY), data: value(ELEMENT.DATA) };
}

function toChain(payload: Uint8Array): NftChain {
  const attributes = parseAttributes(payload, 4);
  const hook = attributes.get(CHAIN.HOOK);
  const policy = attributes.get(CHAIN.POLICY);
  return {
    family: payload[0] ?? 0,
    table: attributeText(attributes.get(CHAIN.TABLE)),
    name: attributeText(attributes.get(CHAIN.NAME)),
    hook: hook && attributeNumberBe(parseAttributes(hook).get(HOOK_NUMBER)),
    // NF_DROP is 0.
    policyDrop: policy !== undefined && attributeNumberBe(policy) === 0,
  };
}

function commentOf(userdata: Uint8Array = new Uint8Array()): string {
  for (let at = 0; at + 2 <= userdata.length; ) {
    const end = at + 2 + (userdata[at + 1] ?? 0);
    if (userdata[at] === UDATA_COMMENT) return attributeText(userdata.subarray(at + 2, end));
    at = end;
  }
  return "";
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
