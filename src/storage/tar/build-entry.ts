import {
  corruptArchive,
  invalidArchive,
  MAX_ID,
  MAX_NAME_BYTES,
  quoteBytes,
  type TarEntry,
  type TarEntryType,
  type TarTime,
} from "./entry.ts";
import type { TarHeader } from "./header.ts";
import { type PaxRecords, paxInteger, paxTime, paxXattrs } from "./pax.ts";

/** What stood before a header: GNU long names and pax records, its own and those for the rest of the archive. */
export type Preface = {
  longName: string | undefined;
  longLink: string | undefined;
  pax: PaxRecords | undefined;
  globals: ReadonlyMap<string, string>;
};

/** An entry, still without its sparse map, and how many bytes of data follow the header. */
export type BuiltEntry = { entry: TarEntry; storedBytes: number };

const NO_XATTRS: ReadonlyMap<string, string> = new Map();
// Linux: 12 bits of major and 20 bits of minor number.
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xf_ffff;

/**
 * Joins a header with what stood before it; pax wins over GNU names, and both over the header. Throws `invalid` for ids, device numbers,
 * sizes and names out of range and for types that no layer may hold.
 */
export function buildEntry(header: TarHeader, preface: Preface): BuiltEntry {
  const pax = paxLookup(preface);
  const name = pax("GNU.sparse.name") ?? pax("path") ?? preface.longName ?? header.name;
  const linkName = pax("linkpath") ?? preface.longLink ?? header.linkName;
  checkNames(name, linkName);
  const type = entryType(header.typeFlag, name);
  // Only files have data; the size field of the others is known to lie (POSIX leaves it open for links).
  const storedBytes = type === "file" ? paxNumber(pax, "size", header.sizeBytes) : 0;
  if (storedBytes < 0) throw corruptArchive(`the size of ${quoteBytes(name)} is negative`);
  const realSize = pax("GNU.sparse.realsize") ?? pax("GNU.sparse.size");
  const isDevice = type === "character" || type === "block";
  const entry: TarEntry = {
    type,
    name,
    linkName,
    mode: header.mode & 0o7777,
    uid: checkId("uid", paxNumber(pax, "uid", header.uid), name),
    gid: checkId("gid", paxNumber(pax, "gid", header.gid), name),
    modified: modifiedTime(header, pax("mtime")),
    sizeBytes: type === "file" && realSize !== undefined ? paxInteger("GNU.sparse.realsize", realSize) : storedBytes,
    device: isDevice ? checkDevice(header, pax, name) : { major: 0, minor: 0 },
    xattrs: xattrsOf(preface),
    segments: undefined,
  };
  return { entry, storedBytes };
}

type Lookup = (key: string) => string | undefined;

// An empty value takes a record back.
function paxLookup(preface: Preface): Lookup {
  const own = preface.pax?.values;
  if (own === undefined && preface.globals.size === 0) return () => undefined;
  return (key) => {
    const value = own?.get(key) ?? preface.globals.get(key);
    return value === "" ? undefined : value;
  };
}

function paxNumber(pax: Lookup, key: string, fallback: number): number {
  const value = pax(key);
  return value === undefined ? fallback : paxInteger(key, value);
}

function xattrsOf(preface: Preface): ReadonlyMap<string, string> {
  if (preface.pax === undefined && preface.globals.size === 0) return NO_XATTRS;
  return paxXattrs(new Map([...preface.globals, ...(preface.pax?.values ?? [])]));
}

function modifiedTime(header: TarHeader, value: string | undefined): TarTime {
  return value === undefined ? { seconds: header.modifiedSeconds, nanoseconds: 0 } : paxTime("mtime", value);
}

function checkNames(name: string, linkName: string): void {
  for (const path of [name, linkName]) {
    if (path.length > MAX_NAME_BYTES)
      throw invalidArchive(`the name ${quoteBytes(path)} has more than ${MAX_NAME_BYTES} bytes`);
    if (path.includes("\0")) throw invalidArchive(`the name ${quoteBytes(path)} holds a NUL byte`);
  }
}

function entryType(flag: string, name: string): TarEntryType {
  switch (flag) {
    case "\0":
      // v7 had no type for folders.
      return name.endsWith("/") ? "folder" : "file";
    case "0":
    case "7":
    case "S":
      return "file";
    case "1":
      return "link";
    case "2":
      return "symlink";
    case "3":
      return "character";
    case "4":
      return "block";
    case "5":
      return "folder";
    case "6":
      return "fifo";
    default:
      throw invalidArchive(`${quoteBytes(name)} is of the unknown type ${quoteBytes(flag)}`);
  }
}

function checkId(key: string, id: number, name: string): number {
  // 2^32 would wrap to 0, and 2^32 - 1 means "do not change".
  if (id < 0 || id > MAX_ID) throw invalidArchive(`the ${key} ${id} of ${quoteBytes(name)} is out of range`);
  return id;
}

function checkDevice(header: TarHeader, pax: Lookup, name: string): { major: number; minor: number } {
  const major = paxNumber(pax, "SCHILY.devmajor", header.major);
  const minor = paxNumber(pax, "SCHILY.devminor", header.minor);
  if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
    throw invalidArchive(`the device number ${major}:${minor} of ${quoteBytes(name)} is out of range`);
  }
  return { major, minor };
}
