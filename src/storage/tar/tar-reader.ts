import { EstibaError } from "../../lib/error.ts";
import { type BuiltEntry, buildEntry, type Preface } from "./build-entry.ts";
import { corruptArchive, invalidArchive, quoteBytes, type Segment, type TarSink } from "./entry.ts";
import { BLOCK_BYTES, isZeroBlock, number, parseHeader, type TarHeader } from "./header.ts";
import { parsePax } from "./pax.ts";
import { addOldGnuPairs, checkSegments, MAX_SEGMENTS, pairs, paxSegments, tooMany } from "./sparse.ts";

export type TarLimits = {
  /** Headers of every kind. */
  maxEntries: number;
  /** Data of all files together, as stored (holes do not count). */
  maxBytes: number;
};

/** Pax headers and GNU long names above this are refused: they are held in memory. */
const MAX_META_BYTES = 1024 * 1024;
const MAX_SPARSE_TEXT_BYTES = 8 * 1024 * 1024;
const META_TYPES = "LKxg";
const NEVER_GLOBAL = /^(path|linkpath|size|GNU\.sparse\..*)$/;

/** Gives nothing, takes the next chunk; undefined at the end of the input. */
type Steps<T> = Generator<undefined, T, Uint8Array | undefined>;

/**
 * Reads a tar archive pushed to it in chunks of any size, and calls the sink as soon as it can, within the same push. Reads v7, ustar,
 * star, GNU (long names, sparse) and pax (POSIX.1-2017; sparse 0.0, 0.1 and 1.0). Memory is bounded by the longest meta header.
 * Throws `corrupt` for damage, `invalid` for what is refused, `exhausted` at a limit; after a throw it must not be used again.
 */
export class TarReader {
  readonly #sink: TarSink;
  readonly #limits: TarLimits;
  readonly #steps: Steps<void>;
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ended = false;
  #entries = 0;
  #bytes = 0;

  constructor(sink: TarSink, limits: TarLimits) {
    this.#sink = sink;
    this.#limits = limits;
    this.#steps = this.#archive();
    this.#steps.next();
  }

  push(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#steps.next(chunk);
  }

  /** The input is over. Throws `corrupt` when the archive is not. */
  finish(): void {
    this.#steps.next(undefined);
  }

  *#archive(): Steps<void> {
    const globals = new Map<string, string>();
    for (;;) {
      const preface: Preface = { longName: undefined, longLink: undefined, pax: undefined, globals };
      const header = yield* this.#header(preface, globals);
      if (header === undefined) break;
      yield* this.#member(header, preface);
    }
    while (!this.#ended) yield* this.#more();
  }

  /** The next header that is a member, the meta headers before it collected; undefined at the end of the archive. */
  *#header(
    preface: Preface,
    globals: Map<string, string>,
  ): Steps<{ header: TarHeader; block: Uint8Array } | undefined> {
    for (;;) {
      const block = yield* this.#block();
      const isMember = preface.pax !== undefined || preface.longName !== undefined || preface.longLink !== undefined;
      if (block === undefined || isZeroBlock(block)) {
        if (isMember) throw corruptArchive("it ends after a header that belongs to another");
        const next = block === undefined ? undefined : yield* this.#block();
        if (next !== undefined && !isZeroBlock(next)) throw corruptArchive("something follows its end");
        return undefined;
      }
      if (++this.#entries > this.#limits.maxEntries) throw overLimit(`${this.#limits.maxEntries} entries`);
      const header = parseHeader(block);
      if (!META_TYPES.includes(header.typeFlag)) return { header, block };
      const text = yield* this.#metaText(header);
      if (header.typeFlag === "L") preface.longName = upToNul(text);
      else if (header.typeFlag === "K") preface.longLink = upToNul(text);
      else if (header.typeFlag === "x") preface.pax = parsePax(text);
      else setGlobals(globals, text);
    }
  }

  *#metaText(header: TarHeader): Steps<string> {
    const length = header.sizeBytes;
    if (length < 0 || length > MAX_META_BYTES)
      throw invalidArchive(`a header of ${length} bytes (at most ${MAX_META_BYTES})`);
    const bytes = yield* this.#take(length);
    yield* this.#skip(padding(length));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  }

  *#member(found: { header: TarHeader; block: Uint8Array }, preface: Preface): Steps<void> {
    const built = buildEntry(found.header, preface);
    const { entry } = built;
    this.#bytes += built.storedBytes;
    if (this.#bytes > this.#limits.maxBytes) throw overLimit(`${this.#limits.maxBytes} bytes`);
    let mapBytes = 0;
    if (found.header.typeFlag === "S") {
      entry.segments = yield* this.#oldGnuMap(found.block, built);
    } else if (preface.pax?.values.get("GNU.sparse.major") === "1" && entry.type === "file") {
      mapBytes = yield* this.#sparseText(built);
    } else if (preface.pax !== undefined && entry.type === "file") {
      const segments = paxSegments(preface.pax);
      if (segments !== undefined) entry.segments = checkSegments(segments, built.storedBytes, entry.sizeBytes);
      else entry.sizeBytes = built.storedBytes;
    }
    this.#sink.entry(entry);
    for (const segment of entry.segments ?? [{ offset: 0, length: built.storedBytes - mapBytes }]) {
      yield* this.#data(segment);
    }
    this.#sink.end();
    yield* this.#padding(padding(built.storedBytes));
  }

  // Docker's command leaves it out behind the last file, where it has added a Dockerfile to a context; so does all else that Go's reader takes.
  *#padding(length: number): Steps<void> {
    if (length > 0 && this.#at === this.#chunk.length) yield* this.#more();
    if (!this.#ended) yield* this.#skip(length);
  }

  *#oldGnuMap(block: Uint8Array, built: BuiltEntry): Steps<Segment[]> {
    const segments: Segment[] = [];
    addOldGnuPairs(block, { offset: 386, count: 4 }, segments);
    built.entry.sizeBytes = number(block, 483, 12);
    for (let extended = block[482] !== 0; extended; ) {
      const extension = yield* this.#take(BLOCK_BYTES);
      addOldGnuPairs(extension, { offset: 0, count: 21 }, segments);
      if (++this.#entries > this.#limits.maxEntries) throw overLimit(`${this.#limits.maxEntries} entries`);
      extended = extension[504] !== 0;
    }
    return checkSegments(segments, built.storedBytes, built.entry.sizeBytes);
  }

  /** Sparse 1.0: lines of decimal numbers before the data, padded to a block. Sets the map and gives the bytes it took. */
  *#sparseText(built: BuiltEntry): Steps<number> {
    let taken = 0;
    let rest = "";
    const numbers: number[] = [];
    for (let wanted = 1; numbers.length < wanted; ) {
      if (taken + BLOCK_BYTES > Math.min(built.storedBytes, MAX_SPARSE_TEXT_BYTES))
        throw corruptArchive("a sparse map is cut off");
      const block = yield* this.#take(BLOCK_BYTES);
      taken += BLOCK_BYTES;
      const lines = `${rest}${Buffer.from(block.buffer, block.byteOffset, block.length).toString("latin1")}`.split(
        "\n",
      );
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (numbers.length === wanted) break;
        if (!/^[0-9]{1,15}$/.test(line)) throw corruptArchive("a sparse map holds something that is no number");
        numbers.push(Number(line));
        wanted = 1 + 2 * (numbers[0] ?? 0);
      }
      if (wanted > 1 + 2 * MAX_SEGMENTS) throw tooMany();
      if (rest.length > BLOCK_BYTES && numbers.length < wanted) throw corruptArchive("a sparse map holds no lines");
    }
    const segments = pairs(numbers.slice(1));
    built.entry.segments = checkSegments(segments, built.storedBytes - taken, built.entry.sizeBytes);
    return taken;
  }

  *#data(segment: Segment): Steps<void> {
    let { offset, length } = segment;
    while (length > 0) {
      yield* this.#fill("the data of a file is cut off");
      const part = this.#chunk.subarray(this.#at, Math.min(this.#at + length, this.#chunk.length));
      this.#at += part.length;
      this.#sink.data(part, offset);
      offset += part.length;
      length -= part.length;
    }
  }

  *#skip(length: number): Steps<void> {
    for (let left = length; left > 0; ) {
      yield* this.#fill("the padding of a file is cut off");
      const step = Math.min(left, this.#chunk.length - this.#at);
      this.#at += step;
      left -= step;
    }
  }

  /** One block; undefined when the input is over before it. */
  *#block(): Steps<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    if (this.#at === this.#chunk.length) {
      yield* this.#more();
      if (this.#ended) return undefined;
    }
    return yield* this.#take(BLOCK_BYTES);
  }

  /** Exactly so many bytes; a view of the chunk where it holds them all. */
  *#take(length: number): Steps<Uint8Array> {
    if (this.#chunk.length - this.#at >= length) {
      this.#at += length;
      return this.#chunk.subarray(this.#at - length, this.#at);
    }
    const whole = new Uint8Array(length);
    for (let have = 0; have < length; ) {
      yield* this.#fill("a header is cut off");
      const part = this.#chunk.subarray(this.#at, this.#at + length - have);
      whole.set(part, have);
      have += part.length;
      this.#at += part.length;
    }
    return whole;
  }

  *#fill(complaint: string): Steps<void> {
    if (this.#at < this.#chunk.length) return;
    yield* this.#more();
    if (this.#ended) throw corruptArchive(complaint);
  }

  *#more(): Steps<void> {
    const chunk = yield undefined;
    this.#ended = chunk === undefined;
    this.#chunk = chunk ?? new Uint8Array(0);
    this.#at = 0;
  }
}

function padding(length: number): number {
  return (BLOCK_BYTES - (length % BLOCK_BYTES)) % BLOCK_BYTES;
}

function upToNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function setGlobals(globals: Map<string, string>, text: string): void {
  const records = parsePax(text);
  for (const [key, value] of records.values) {
    if (NEVER_GLOBAL.test(key))
      throw invalidArchive(`the global pax record ${quoteBytes(key)} would change every entry`);
    globals.set(key, value);
  }
  if (records.sparsePairs.length > 0) throw invalidArchive("a global pax record would make every entry sparse");
}

function overLimit(limit: string): EstibaError {
  return new EstibaError("exhausted", {
    reason: "storage.archive_too_large",
    what: `the archive holds more than ${limit}`,
    fix: "raise the limit if the archive is trusted",
  });
}
