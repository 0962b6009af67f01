import { corruptArchive, invalidArchive, quoteBytes } from "./entry.ts";

export const BLOCK_BYTES = 512;

/** The fields of one 512-byte header block, names as byte strings. */
export type TarHeader = {
  name: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  modifiedSeconds: number;
  typeFlag: string;
  linkName: string;
  major: number;
  minor: number;
};

/** True for a block of zeros, which ends an archive. */
export function isZeroBlock(block: Uint8Array): boolean {
  for (let index = 0; index < BLOCK_BYTES; index++) if (block[index] !== 0) return false;
  return true;
}

/**
 * Reads one header block: v7, POSIX ustar, star and GNU (POSIX.1-2017 pax, "ustar Interchange Format"; tar.h of GNU tar).
 * Throws `corrupt` where the sum is wrong or a number is none.
 */
export function parseHeader(block: Uint8Array): TarHeader {
  checkSum(block);
  const magic = latin1(block, 257, 8);
  const isUstar = magic.startsWith("ustar\0");
  const isGnu = magic === "ustar  \0";
  const hasDevice = isUstar || isGnu;
  const name = text(block, 0, 100);
  const prefix = isUstar ? text(block, 345, latin1(block, 508, 4) === "tar\0" ? 131 : 155) : "";
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8),
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    sizeBytes: number(block, 124, 12),
    modifiedSeconds: number(block, 136, 12),
    typeFlag: latin1(block, 156, 1),
    linkName: text(block, 157, 100),
    major: hasDevice ? number(block, 329, 8) : 0,
    minor: hasDevice ? number(block, 337, 8) : 0,
  };
}

/**
 * A numeric field: octal text, or base-256 where the first bit is set (GNU). Throws `corrupt` for other text, `invalid` beyond 2^53.
 */
export function number(block: Uint8Array, offset: number, length: number): number {
  const first = block[offset] ?? 0;
  if ((first & 0x80) !== 0) return base256(block.subarray(offset, offset + length));
  let index = offset;
  const end = offset + length;
  while (index < end && block[index] === 0x20) index++;
  let value = 0;
  for (; index < end; index++) {
    const byte = block[index] ?? 0;
    if (byte === 0 || byte === 0x20) break;
    if (byte < 0x30 || byte > 0x37)
      throw corruptArchive(`the number ${quoteBytes(latin1(block, offset, length))} in a header`);
    value = value * 8 + (byte - 0x30);
  }
  for (; index < end; index++) {
    const byte = block[index] ?? 0;
    if (byte !== 0 && byte !== 0x20) {
      throw corruptArchive(`the number ${quoteBytes(latin1(block, offset, length))} in a header`);
    }
  }
  return value;
}

// Two's complement, big-endian, the top bit of the first byte being the mark.
function base256(field: Uint8Array): number {
  const first = field[0] ?? 0;
  let value = BigInt(first & 0x7f);
  if ((first & 0x40) !== 0) value -= 0x80n;
  for (const byte of field.subarray(1)) value = value * 256n + BigInt(byte);
  const result = Number(value);
  if (!Number.isSafeInteger(result)) throw invalidArchive(`a number in a header is out of range (${value})`);
  return result;
}

function checkSum(block: Uint8Array): void {
  let unsigned = 0;
  let signed = 0;
  for (let index = 0; index < BLOCK_BYTES; index++) {
    const byte = index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
    unsigned += byte;
    signed += byte < 0x80 ? byte : byte - 0x100;
  }
  const stated = number(block, 148, 8);
  // Old tars summed signed characters.
  if (stated !== unsigned && stated !== signed) throw corruptArchive("the sum of a header is wrong");
}

function latin1(block: Uint8Array, offset: number, length: number): string {
  return Buffer.from(block.buffer, block.byteOffset + offset, length).toString("latin1");
}

function text(block: Uint8Array, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && block[end] !== 0) end++;
  return latin1(block, offset, end - offset);
}
