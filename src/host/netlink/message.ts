/** Flags of a netlink message header (linux/netlink.h). */
export const NLM_F = { REQUEST: 1, ACK: 4, EXCL: 0x200, CREATE: 0x400, DUMP: 0x300, REPLACE: 0x100 } as const;

/** `NLA_F_NESTED`: nfnetlink wants it on every attribute that holds attributes. */
export const NLA_F_NESTED = 0x8000;

const HEADER_BYTES = 16;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message of a batch that the kernel must answer, by its sequence number. */
export type ExpectedAnswer = { sequence: number; dump: boolean };

/** Builds one or more netlink messages in one buffer. Numbers are in host order (little endian) unless the method says otherwise. */
export class NetlinkWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #sequence = 0;
  readonly expected: ExpectedAnswer[] = [];

  /** The finished bytes; a view, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Adds one message; `body` writes its payload. Returns its sequence number, counted from 1. */
  message(type: number, flags: number, body: () => void): number {
    const start = this.#length;
    this.#sequence += 1;
    const sequence = this.#sequence;
    this.u32(0).u16(type).u16(flags).u32(sequence).u32(0);
    body();
    this.#view.setUint32(start, this.#length - start, true);
    this.#align();
    const dump = (flags & NLM_F.DUMP) === NLM_F.DUMP && (flags & NLM_F.CREATE) === 0;
    if (dump || (flags & NLM_F.ACK) !== 0) this.expected.push({ sequence, dump });
    return sequence;
  }

  u8(value: number): this {
    this.#reserve(1);
    this.#view.setUint8(this.#length, value);
    this.#length += 1;
    return this;
  }

  u16(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  /** Network order. */
  u16be(value: number): this {
    this.#reserve(2);
    this.#view.setUint16(this.#length, value, false);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** One attribute; `body` writes its value. Padded to 4 bytes, its length is not. */
  attribute(type: number, body: () => void): this {
    const start = this.#length;
    this.u16(0).u16(type);
    body();
    this.#view.setUint16(start, this.#length - start, true);
    this.#align();
    return this;
  }

  attributeU8(type: number, value: number): this {
    return this.attribute(type, () => this.u8(value));
  }

  attributeU16be(type: number, value: number): this {
    return this.attribute(type, () => this.u16be(value));
  }

  attributeU32(type: number, value: number): this {
    return this.attribute(type, () => this.u32(value));
  }

  /** Network order. */
  attributeU32be(type: number, value: number): this {
    return this.attribute(type, () => this.u16be(value >>> 16).u16be(value & 0xffff));
  }

  attributeBytes(type: number, value: Uint8Array): this {
    return this.attribute(type, () => this.raw(value));
  }

  /** NUL-terminated. */
  attributeString(type: number, value: string): this {
    return this.attribute(type, () => this.raw(encoder.encode(value)).u8(0));
  }

  #align(): void {
    const padding = (4 - (this.#length & 3)) & 3;
    this.#reserve(padding);
    // The buffer is zeroed and only grows, so padding needs no write.
    this.#length += padding;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + count));
    grown.set(this.bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** A message from the kernel: `payload` is what follows the header. */
export type NetlinkMessage = { type: number; flags: number; sequence: number; payload: Uint8Array };

/** Splits what one receive call brought into messages; stops at a truncated one. */
export function parseMessages(bytes: Uint8Array): NetlinkMessage[] {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset + HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(offset, true);
    if (length < HEADER_BYTES || offset + length > bytes.length) break;
    messages.push({
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
      payload: bytes.subarray(offset + HEADER_BYTES, offset + length),
    });
    offset += (length + 3) & ~3;
  }
  return messages;
}

/** The attributes from `offset` on, in order; types without the nested and byte-order bits. */
export function listAttributes(bytes: Uint8Array, offset = 0): [type: number, value: Uint8Array][] {
  const view = viewOf(bytes);
  const list: [number, Uint8Array][] = [];
  for (let at = offset; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > bytes.length) break;
    list.push([view.getUint16(at + 2, true) & 0x3fff, bytes.subarray(at + 4, at + length)]);
    at += (length + 3) & ~3;
  }
  return list;
}

/** Like {@link listAttributes} as a map; of equal types the last one wins. */
export function parseAttributes(bytes: Uint8Array, offset = 0): Map<number, Uint8Array> {
  return new Map(listAttributes(bytes, offset));
}

/** The text of a NUL-terminated attribute; "" for an absent one. */
export function attributeText(value: Uint8Array | undefined): string {
  if (value === undefined) return "";
  const end = value.indexOf(0);
  return decoder.decode(end < 0 ? value : value.subarray(0, end));
}

/** The little-endian number of a four-byte attribute; 0 for an absent one. */
export function attributeNumber(value: Uint8Array | undefined): number {
  return value === undefined || value.length < 4 ? 0 : viewOf(value).getUint32(0, true);
}

/** The big-endian number of a four-byte attribute (nfnetlink); 0 for an absent one. */
export function attributeNumberBe(value: Uint8Array | undefined): number {
  return value === undefined || value.length < 4 ? 0 : viewOf(value).getUint32(0, false);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
