import { createHash } from "node:crypto";
import type { Hijacked } from "./call.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** A frame of a client that is larger is no input of a person or a program's. */
const MOST_BYTES = 16 * 1024 * 1024;

/** What a server answers to a client's key. Source: RFC 6455. */
export function acceptKey(key: string): string {
  return createHash("sha1").update(`${key}${GUID}`).digest("base64");
}

/** A raw connection as a websocket: input without frames, output in binary ones. */
export function asWebSocket(connection: Hijacked): Hijacked {
  return {
    signal: connection.signal,
    taken: connection.taken,
    input: messages(connection),
    write: async (bytes) => await connection.write(encodeFrame(OPCODE.binary, bytes)),
  };
}

/** Says goodbye. */
export async function closeWebSocket(connection: Hijacked): Promise<void> {
  await connection.write(encodeFrame(OPCODE.close, Buffer.from([0x03, 0xe8])));
}

/** One frame from a server: final, not masked. */
export function encodeFrame(opcode: number, bytes: Uint8Array): Uint8Array {
  const short = bytes.length < 126;
  const medium = bytes.length < 65_536;
  const head = Buffer.alloc(short ? 2 : medium ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = short ? bytes.length : medium ? 126 : 127;
  if (!short && medium) head.writeUInt16BE(bytes.length, 2);
  if (!medium) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([head, bytes]);
}

async function* messages(connection: Hijacked): AsyncGenerator<Uint8Array> {
  let pending = Buffer.alloc(0);
  for await (const piece of connection.input) {
    pending = Buffer.concat([pending, piece]);
    for (let frame = decodeFrame(pending); frame !== undefined; frame = decodeFrame(pending)) {
      pending = pending.subarray(frame.length);
      if (frame.opcode === OPCODE.close) return;
      if (frame.opcode === OPCODE.ping) await connection.write(encodeFrame(OPCODE.pong, frame.payload));
      else if (frame.opcode <= OPCODE.binary && frame.payload.length > 0) yield frame.payload;
    }
    if (pending.length > MOST_BYTES) return;
  }
}

type Frame = { readonly opcode: number; readonly payload: Buffer; readonly length: number };

/** The first frame of the bytes, unmasked; undefined until all of it is there. */
export function decodeFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const size = second & 0x7f;
  const lengthBytes = size === 126 ? 2 : size === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const count = lengthBytes === 2 ? bytes.readUInt16BE(2) : lengthBytes === 8 ? Number(bytes.readBigUInt64BE(2)) : size;
  if (bytes.length < start + count) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + count));
  if (masked) for (let at = 0; at < count; at++) payload[at] = (payload[at] ?? 0) ^ (bytes[start - 4 + (at % 4)] ?? 0);
  return { opcode: first & 0x0f, payload, length: start + count };
}
