import { corruptArchive, invalidArchive, quoteBytes, type TarTime } from "./entry.ts";

/** Pax records of one extended header: the last value of each key, and the sparse pairs of format 0.0 in their order. */
export type PaxRecords = {
  values: Map<string, string>;
  /** Offset, length, offset, length of `GNU.sparse.offset` and `GNU.sparse.numbytes`. */
  sparsePairs: number[];
};

/**
 * Reads the records `length key=value\n` (POSIX.1-2017 pax, "pax Extended Header"); text as byte strings. Throws `corrupt` for a record
 * whose length lies, `invalid` for a NUL in a name.
 */
export function parsePax(text: string): PaxRecords {
  const values = new Map<string, string>();
  const sparsePairs: number[] = [];
  for (let position = 0; position < text.length; ) {
    const space = text.indexOf(" ", position);
    const digits = space < 0 ? "" : text.slice(position, space);
    const length = /^[0-9]{1,10}$/.test(digits) ? Number(digits) : 0;
    const end = position + length;
    const equals = text.indexOf("=", space);
    if (end > text.length || end <= space || equals < 0 || equals >= end || text[end - 1] !== "\n") {
      throw corruptArchive("a pax record has a wrong length");
    }
    const key = text.slice(space + 1, equals);
    const value = text.slice(equals + 1, end - 1);
    addRecord({ values, sparsePairs }, key, value);
    position = end;
  }
  return { values, sparsePairs };
}

/** A whole number of 0 or more from a pax value. */
export function paxInteger(key: string, value: string): number {
  const result = /^[0-9]{1,20}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(result))
    throw invalidArchive(`the pax value ${key}=${quoteBytes(value)} is no number in range`);
  return result;
}

/** Decimal seconds with an optional fraction and sign; digits below a nanosecond are cut, toward the past. */
export function paxTime(key: string, value: string): TarTime {
  const parts = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value);
  if (parts === null) throw invalidArchive(`the pax value ${key}=${quoteBytes(value)} is no time`);
  const fraction = parts[3] ?? "";
  const seconds = Number(parts[2]);
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, "0"));
  if (parts[1] !== "-") return { seconds, nanoseconds };
  const below = nanoseconds + (/[1-9]/.test(fraction.slice(9)) ? 1 : 0);
  return below === 0 ? { seconds: 0 - seconds, nanoseconds: 0 } : { seconds: -seconds - 1, nanoseconds: 1e9 - below };
}

const XATTR_PREFIX = "SCHILY.xattr.";
const LIBARCHIVE_PREFIX = "LIBARCHIVE.xattr.";

/** The extended attributes among pax records; star's form wins over libarchive's (percent-coded name, base64 value). */
export function paxXattrs(values: ReadonlyMap<string, string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of values) {
    if (!key.startsWith(LIBARCHIVE_PREFIX)) continue;
    const name = key.slice(LIBARCHIVE_PREFIX.length).replaceAll(/%([0-9A-Fa-f]{2})/g, decodePercent);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value))
      throw corruptArchive(`the pax value of ${quoteBytes(key)} is not base64`);
    found.set(name, Buffer.from(value, "base64").toString("latin1"));
  }
  for (const [key, value] of values) {
    if (key.startsWith(XATTR_PREFIX)) found.set(key.slice(XATTR_PREFIX.length), value);
  }
  for (const name of found.keys()) {
    if (name === "" || name.length > 255 || name.includes("\0")) {
      throw invalidArchive(`the extended attribute name ${quoteBytes(name)}`);
    }
  }
  return found;
}

function decodePercent(_: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function addRecord(records: PaxRecords, key: string, value: string): void {
  if (key === "") throw corruptArchive("a pax record has no key");
  if (key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes") {
    const isOffset = records.sparsePairs.length % 2 === 0;
    if (isOffset !== (key === "GNU.sparse.offset")) throw corruptArchive("the sparse records are out of order");
    records.sparsePairs.push(paxInteger(key, value));
    return;
  }
  if ((key === "path" || key === "linkpath" || key === "GNU.sparse.name") && value.includes("\0")) {
    throw invalidArchive(`the pax ${key} ${quoteBytes(value)} holds a NUL byte`);
  }
  records.values.set(key, value);
}
