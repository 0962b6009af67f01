import type { TarEntry, TarEntryType } from "./entry.ts";
import { BLOCK_BYTES } from "./header.ts";

const FLAGS: Readonly<Record<TarEntryType, string>> = {
  file: "0",
  link: "1",
  symlink: "2",
  character: "3",
  block: "4",
  folder: "5",
  fifo: "6",
};

/**
 * The header of one member, with a pax header before it where ustar cannot say all: names over its fields, numbers over its digits, times
 * below a second or before 1970, extended attributes (POSIX.1-2017 pax; `SCHILY.xattr.` as star, GNU tar and every engine have it). The
 * same entry gives the same bytes. Sparse maps are not written: `sizeBytes` of data must follow a file, then {@link paddingOf}.
 */
export function encodeEntry(entry: TarEntry): Uint8Array {
  const records: string[] = [];
  const name = entry.type === "folder" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name;
  const place = splitName(name);
  if (place === undefined) records.push(record("path", name));
  if (entry.linkName.length > 100) records.push(record("linkpath", entry.linkName));
  const size = entry.type === "file" ? entry.sizeBytes : 0;
  if (size > MAX_LONG) records.push(record("size", `${size}`));
  if (entry.uid > MAX_SHORT) records.push(record("uid", `${entry.uid}`));
  if (entry.gid > MAX_SHORT) records.push(record("gid", `${entry.gid}`));
  const { seconds, nanoseconds } = entry.modified;
  if (seconds < 0 || seconds > MAX_LONG || nanoseconds > 0) records.push(record("mtime", timeText(entry.modified)));
  for (const key of [...entry.xattrs.keys()].toSorted()) {
    records.push(record(`SCHILY.xattr.${key}`, entry.xattrs.get(key) ?? ""));
  }
  const { prefix, base } = place ?? { prefix: "", base: name.slice(0, 100) };
  const header = block({
    ...entry,
    name: base,
    prefix,
    linkName: entry.linkName.slice(0, 100),
    flag: FLAGS[entry.type],
    sizeBytes: size,
    seconds: Math.max(0, seconds),
  });
  return records.length === 0 ? header : Buffer.concat([paxMember(records.join("")), header]);
}

/** How many zeros follow data of that length. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The two blocks of zeros that end an archive. */
export function endOfArchive(): Uint8Array {
  return new Uint8Array(2 * BLOCK_BYTES);
}

/** What 7 and 11 octal digits hold. */
const MAX_SHORT = 0o7777777;
const MAX_LONG = 0o77777777777;

// The prefix holds what comes before a slash; a name that ends in one keeps it.
function splitName(name: string): { prefix: string; base: string } | undefined {
  if (name.length <= 100) return { prefix: "", base: name };
  const slash = name.lastIndexOf("/", Math.min(155, name.length - 2));
  if (slash <= 0 || name.length - slash - 1 > 100) return undefined;
  return { prefix: name.slice(0, slash), base: name.slice(slash + 1) };
}

function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}`.length + rest.length !== length) length = `${length}`.length + rest.length;
  return `${length}${rest}`;
}

function timeText({ seconds, nanoseconds }: TarEntry["modified"]): string {
  if (nanoseconds === 0) return `${seconds}`;
  // The fraction counts away from zero in the text, upwards in the value.
  const [whole, part] = seconds < 0 ? [-seconds - 1, 1e9 - nanoseconds] : [seconds, nanoseconds];
  return `${seconds < 0 ? "-" : ""}${whole}.${`${part}`.padStart(9, "0").replace(/0+$/, "")}`;
}

function paxMember(text: string): Uint8Array {
  const data = Buffer.from(text, "latin1");
  const header = block({
    name: "PaxHeaders/entry",
    prefix: "",
    linkName: "",
    flag: "x",
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: data.length,
    seconds: 0,
    device: { major: 0, minor: 0 },
  });
  return Buffer.concat([header, data, new Uint8Array(paddingOf(data.length))]);
}

type Fields = Pick<TarEntry, "name" | "linkName" | "mode" | "uid" | "gid" | "sizeBytes" | "device"> & {
  prefix: string;
  flag: string;
  seconds: number;
};

function block(fields: Fields): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  bytes.write(fields.name, 0, "latin1");
  writeNumber(bytes, 100, 8, fields.mode);
  writeNumber(bytes, 108, 8, fields.uid);
  writeNumber(bytes, 116, 8, fields.gid);
  writeNumber(bytes, 124, 12, fields.sizeBytes);
  writeNumber(bytes, 136, 12, fields.seconds);
  bytes.write("        ", 148, "latin1");
  bytes.write(fields.flag, 156, "latin1");
  bytes.write(fields.linkName, 157, "latin1");
  bytes.write("ustar\x0000", 257, "latin1");
  writeNumber(bytes, 329, 8, fields.device.major);
  writeNumber(bytes, 337, 8, fields.device.minor);
  bytes.write(fields.prefix, 345, "latin1");
  let sum = 0;
  for (const byte of bytes) sum += byte;
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
}

// Readers that know no pax understand GNU's base-256 where the digits do not do.
function writeNumber(bytes: Buffer, offset: number, length: number, value: number): void {
  const digits = value.toString(8);
  if (digits.length < length) {
    bytes.write(`${digits.padStart(length - 1, "0")}\0`, offset, "latin1");
    return;
  }
  let rest = BigInt(value);
  for (let index = offset + length - 1; index >= offset; index--, rest >>= 8n) bytes[index] = Number(rest & 0xffn);
  bytes[offset] = (bytes[offset] ?? 0) | 0x80;
}
