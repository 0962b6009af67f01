/** Record types that are told apart (RFC 1035, 2782, 3596, 6891). */
export const TYPE = { A: 1, PTR: 12, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const;
/** Response codes (RFC 1035 section 4.1.1). */
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

/** A query with one question. */
export type Query = {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** In lower case, without the dot at its end. */
  readonly name: string;
  readonly type: number;
  /** The question as it came, to be sent back byte for byte. */
  readonly question: Uint8Array;
  /** The largest answer the asker takes by UDP. */
  readonly limit: number;
  readonly edns: boolean;
};

/** One record of an answer, belonging to the question's name; `ttl` in seconds, undefined for {@link TTL_SECONDS}. */
export type Answer = { readonly type: number; readonly data: Uint8Array; readonly ttl?: number };

const HEADER_BYTES = 12;
const PLAIN_LIMIT = 512;
/** What passes through every network unfragmented (DNS flag day 2020). */
const EDNS_LIMIT = 1232;
const CLASS_IN = 1;
/** A container may come back with another address at any time; one whose place is taken is there for so long after the last answer. */
export const TTL_SECONDS = 1;
const POINTER_TO_QUESTION = 0xc00c;
const FLAG = {
  RESPONSE: 0x8000,
  AUTHORITATIVE: 0x0400,
  TRUNCATED: 0x0200,
  DESIRED: 0x0100,
  AVAILABLE: 0x0080,
} as const;
const OPCODE_MASK = 0x7800;

/** Reads a query; undefined for what is none, or holds anything but one question of class IN. */
export function parseQuery(bytes: Uint8Array): Query | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const flags = view.getUint16(2);
  if ((flags & (FLAG.RESPONSE | OPCODE_MASK)) !== 0 || view.getUint16(4) !== 1) return undefined;
  const read = readName(bytes, HEADER_BYTES);
  if (read === undefined || read.end + 4 > bytes.length) return undefined;
  const end = read.end + 4;
  if (view.getUint16(read.end + 2) !== CLASS_IN) return undefined;
  // In a query the record of EDNS is the first after the question.
  const edns = view.getUint16(10) > 0 && end + 11 <= bytes.length && view.getUint16(end + 1) === TYPE.OPT;
  return {
    id: view.getUint16(0),
    recursionDesired: (flags & FLAG.DESIRED) !== 0,
    name: read.name,
    type: view.getUint16(read.end),
    question: bytes.slice(HEADER_BYTES, end),
    limit: edns ? Math.min(EDNS_LIMIT, Math.max(PLAIN_LIMIT, view.getUint16(end + 3))) : PLAIN_LIMIT,
    edns,
  };
}

/**
 * The bytes of an answer of our own. With `limit`, one that is longer holds the records that fit, and is marked: the asker comes again by
 * TCP, or, where it cannot, has some.
 */
export function formatAnswer(query: Query, rcode: number, answers: readonly Answer[], limit?: number): Uint8Array {
  const tail = query.edns ? optRecord() : new Uint8Array();
  let room = (limit ?? Number.POSITIVE_INFINITY) - HEADER_BYTES - query.question.length - tail.length;
  const records = answers.map(record);
  const end = records.findIndex(({ length }) => {
    room -= length;
    return room < 0;
  });
  const truncated = end >= 0;
  const kept = truncated ? records.slice(0, end) : records;
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const desired = query.recursionDesired ? FLAG.DESIRED : 0;
  const flags =
    FLAG.RESPONSE | FLAG.AUTHORITATIVE | FLAG.AVAILABLE | desired | (truncated ? FLAG.TRUNCATED : 0) | rcode;
  for (const [index, value] of [query.id, flags, 1, kept.length, 0, query.edns ? 1 : 0].entries())
    header.setUint16(index * 2, value);
  return Buffer.concat([new Uint8Array(header.buffer), query.question, ...kept, tail]);
}

/** A name as it stands in a record. */
export function nameBytes(name: string): Uint8Array {
  const labels = name.split(".").filter((label) => label !== "");
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.of(0)]);
}

/** Whether the answer was cut, and its asker must come again by TCP. */
export function isTruncated(answer: Uint8Array): boolean {
  return ((answer[2] ?? 0) & (FLAG.TRUNCATED >> 8)) !== 0;
}

/** The seconds for which a foreign answer may be kept: the least of its records; 0 for one that failed or has none. */
export function keepSeconds(answer: Uint8Array): number {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  if (answer.length < HEADER_BYTES || (view.getUint16(2) & 0xf) !== RCODE.NOERROR || isTruncated(answer)) return 0;
  let at = skipQuestions(answer, view.getUint16(4));
  let least = Number.POSITIVE_INFINITY;
  for (let left = view.getUint16(6); left > 0 && at !== undefined; left -= 1) {
    const name = skipName(answer, at);
    if (name === undefined || name + 10 > answer.length) return 0;
    least = Math.min(least, view.getUint32(name + 4));
    at = name + 10 + view.getUint16(name + 8);
  }
  return Number.isFinite(least) ? least : 0;
}

function skipQuestions(bytes: Uint8Array, count: number): number | undefined {
  let at: number | undefined = HEADER_BYTES;
  for (let left = count; left > 0 && at !== undefined; left -= 1) {
    at = skipName(bytes, at);
    if (at !== undefined) at += 4;
  }
  return at;
}

function skipName(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    if ((length & 0xc0) === 0xc0) return at + 2;
    at += 1 + length;
    if (length === 0) return at;
  }
  return undefined;
}

function readName(bytes: Uint8Array, start: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  for (let at = start; at < bytes.length; ) {
    const length = bytes[at] ?? 0;
    if (length === 0) return { name: labels.join(".").toLowerCase(), end: at + 1 };
    // A question has nothing to point at.
    if (length > 63 || at + length >= bytes.length || at - start > 255) return undefined;
    labels.push(Buffer.from(bytes.subarray(at + 1, at + 1 + length)).toString("latin1"));
    at += 1 + length;
  }
  return undefined;
}

function record({ type, data, ttl = TTL_SECONDS }: Answer): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, POINTER_TO_QUESTION);
  view.setUint16(2, type);
  view.setUint16(4, CLASS_IN);
  view.setUint32(6, ttl);
  view.setUint16(10, data.length);
  bytes.set(data, 12);
  return bytes;
}

function optRecord(): Uint8Array {
  return Uint8Array.of(0, 0, TYPE.OPT, EDNS_LIMIT >> 8, EDNS_LIMIT & 0xff, 0, 0, 0, 0, 0, 0);
}
