import { EstibaError } from "../../lib/error.ts";

/** Seconds since 1970, which may be negative, and the nanoseconds after them. */
export type TarTime = { seconds: number; nanoseconds: number };

/** One stretch of data of a sparse file. */
export type Segment = { offset: number; length: number };

export type TarEntryType = "file" | "link" | "symlink" | "character" | "block" | "folder" | "fifo";

/**
 * One member of an archive. Names are byte strings: each character is one byte (latin1), since Linux names need not be UTF-8.
 */
export type TarEntry = {
  type: TarEntryType;
  /** As the archive has it: it may be absolute, hold `..` or end in a slash. */
  name: string;
  /** Where a hard link or symbolic link points to. */
  linkName: string;
  /** Permission bits, set-id and sticky bits included. */
  mode: number;
  uid: number;
  gid: number;
  modified: TarTime;
  /** The length of the file, holes included. */
  sizeBytes: number;
  device: { major: number; minor: number };
  /** Extended attributes, values as byte strings. */
  xattrs: ReadonlyMap<string, string>;
  /** Where the data goes in a sparse file; undefined where the data is the whole file. */
  segments: readonly Segment[] | undefined;
};

/** What a reader of an archive calls, in the order of the archive. */
export type TarSink = {
  entry(entry: TarEntry): void;
  /** Data of the last entry. `offset` is its place in the file; the bytes are only good during the call. */
  data(bytes: Uint8Array, offset: number): void;
  /** The last entry is complete. */
  end(): void;
};

/** The largest id that is not the kernel's "leave as it is" (2^32 - 1). */
export const MAX_ID = 0xffff_fffe;
export const MAX_NAME_BYTES = 4096;

/** An archive that breaks off or contradicts itself. */
export function corruptArchive(what: string): EstibaError {
  return new EstibaError("corrupt", { reason: "storage.corrupt_archive", what: `the archive is damaged: ${what}` });
}

/** An archive that asks for what is refused. */
export function invalidArchive(what: string): EstibaError {
  return new EstibaError("invalid", { reason: "storage.invalid_archive", what: `the archive is refused: ${what}` });
}

/** A byte string as text for a message, cut to a readable length. */
export function quoteBytes(name: string): string {
  const text = Buffer.from(name.slice(0, 200), "latin1").toString("utf8");
  return JSON.stringify(name.length > 200 ? `${text}...` : text);
}
