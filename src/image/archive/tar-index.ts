import { readSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";

/** Where the content of one member lies in a plain tar file. */
export type Member = { offset: number; size: number };

const BLOCK = 512;
const MAX_MEMBERS = 100_000;
const MAX_EXTENSION_BYTES = 1024 * 1024;

type Header = { name: string; size: number; type: string; link: string };

/**
 * Lists the regular files of an uncompressed tar file by name, reading only headers. Names are keys, never paths: nothing is unpacked.
 * Links to a member count as that member (Docker links equal layers). ustar, GNU long names and pax names and sizes are understood.
 * Throws `corrupt` (`image.bad_archive`).
 */
export function indexTar(fd: number, fileSize: number): Map<string, Member> {
  const members = new Map<string, Member>();
  const links = new Map<string, string>();
  let extended: { path?: string; linkpath?: string; size?: number } = {};
  for (let offset = 0; ; ) {
    const block = readAt(fd, offset, BLOCK);
    // An archive ends with blocks of zeros; many writers leave them out.
    if (block.byteLength === 0 || block.every((byte) => byte === 0)) break;
    const header = parseHeader(block);
    const size = extended.size ?? header.size;
    const content = offset + BLOCK;
    if (content + size > fileSize) throw badArchive(`member "${header.name}" is cut off`);
    const next = content + Math.ceil(size / BLOCK) * BLOCK;
    if ("xgLK".includes(header.type)) {
      extended = { ...extended, ...readExtension(header.type, readExtensionBytes(fd, content, size)) };
    } else {
      const name = normalName(extended.path ?? header.name);
      const link = extended.linkpath ?? header.link;
      if (header.type === "0" || header.type === "7") members.set(name, { offset: content, size });
      else if (header.type === "1") links.set(name, normalName(link));
      else if (header.type === "2") links.set(name, normalName(new URL(link, `file:///${name}`).pathname));
      else if (header.type === "S") throw badArchive(`member "${name}" is sparse`);
      extended = {};
    }
    if (members.size + links.size > MAX_MEMBERS) throw badArchive(`more than ${MAX_MEMBERS} members`);
    offset = next;
  }
  for (const [name, target] of links) {
    const member = members.get(target);
    if (member !== undefined && !members.has(name)) members.set(name, member);
  }
  return members;
}

/** The error for an archive that is none, or a damaged one. */
export function badArchive(why: string, cause?: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_archive",
    what: `not a usable image archive: ${why}`,
    cause,
    fix: "make it with: podman save, docker save, or skopeo copy",
  });
}

function readAt(fd: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const read = readSync(fd, bytes, done, length - done, offset + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}

function readExtensionBytes(fd: number, offset: number, size: number): Uint8Array {
  if (size > MAX_EXTENSION_BYTES) throw badArchive(`an extended header of ${size} bytes`);
  return readAt(fd, offset, size);
}

function parseHeader(block: Uint8Array): Header {
  if (block.byteLength < BLOCK) throw badArchive("it ends within a header");
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== Number.parseInt(text(block, 148, 8), 8)) throw badArchive("it is no tar archive, or a header is damaged");
  const ustar = text(block, 257, 5) === "ustar";
  const prefix = ustar && block[263] === 0x30 ? text(block, 345, 155) : "";
  const name = text(block, 0, 100);
  const type = block[156] === 0 ? "0" : String.fromCharCode(block[156] ?? 0x30);
  const size = type === "1" || type === "2" || type === "5" ? 0 : octal(block, 124, 12);
  return { name: prefix === "" ? name : `${prefix}/${name}`, size, type, link: text(block, 157, 100) };
}

// GNU writes numbers that do not fit in base 256, marked by the highest bit.
function octal(block: Uint8Array, offset: number, length: number): number {
  const field = block.subarray(offset, offset + length);
  let value: number;
  if (((field[0] ?? 0) & 0x80) !== 0) {
    value = field.subarray(1).reduce((total, byte) => total * 256 + byte, (field[0] ?? 0) & 0x7f);
  } else {
    const digits = text(block, offset, length).trim();
    if (!/^[0-7]*$/.test(digits)) throw badArchive("a header holds a malformed number");
    value = digits === "" ? 0 : Number.parseInt(digits, 8);
  }
  if (!Number.isSafeInteger(value)) throw badArchive("a header holds a number that is too large");
  return value;
}

function text(block: Uint8Array, offset: number, length: number): string {
  const field = block.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function readExtension(type: string, bytes: Uint8Array): { path?: string; linkpath?: string; size?: number } {
  if (type === "g") return {};
  if (type === "L") return { path: text(bytes, 0, bytes.byteLength) };
  if (type === "K") return { linkpath: text(bytes, 0, bytes.byteLength) };
  const found: { path?: string; linkpath?: string; size?: number } = {};
  for (let offset = 0; offset < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, offset);
    const length = space < 0 ? 0 : Number(new TextDecoder().decode(bytes.subarray(offset, space)));
    if (!Number.isInteger(length) || length < 5 || offset + length > bytes.byteLength)
      throw badArchive("a damaged pax header");
    const record = new TextDecoder().decode(bytes.subarray(space + 1, offset + length - 1));
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path" || key === "linkpath") found[key] = value;
    if (key === "size" && /^\d{1,15}$/.test(value)) found.size = Number(value);
    if (key.startsWith("GNU.sparse.")) throw badArchive("a sparse member");
    offset += length;
  }
  return found;
}

function normalName(name: string): string {
  return name
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}
