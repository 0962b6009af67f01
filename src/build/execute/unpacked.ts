import { readSync } from "node:fs";
import type { TarEntry, TarSink } from "../../storage/tar/entry.ts";
import { TarReader } from "../../storage/tar/tar-reader.ts";
import { encodeEntry, paddingOf } from "../../storage/tar/write-header.ts";

const CHUNK_BYTES = 1024 * 1024;
const LIMITS = { maxEntries: 2_000_000, maxBytes: 128 * 1024 ** 3 };

type Change = (entry: TarEntry) => TarEntry;
/** Entries that go before one. */
type Above = (entry: TarEntry) => Iterable<Uint8Array>;

/**
 * The members of a plain tar archive written anew, each changed, with what stands above it before it; holes of sparse files become zeros.
 * Without the end of the archive.
 */
export function* unpacked(fd: number, above: Above, change: Change): Generator<Uint8Array, void, undefined> {
  const sink = new Rewriter(above, change);
  const reader = new TarReader(sink, LIMITS);
  for (let at = 0; ; ) {
    // Fresh each time: the pieces are the reader's of this to keep.
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const count = readSync(fd, chunk, 0, CHUNK_BYTES, at);
    if (count === 0) break;
    at += count;
    reader.push(chunk.subarray(0, count));
    yield* sink.take();
  }
  reader.finish();
  yield* sink.take();
}

class Rewriter implements TarSink {
  readonly #above: Above;
  readonly #change: Change;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #written = 0;

  constructor(above: Above, change: Change) {
    this.#above = above;
    this.#change = change;
  }

  entry(entry: TarEntry): void {
    const changed = this.#change({ ...entry, segments: undefined });
    this.#pieces.push(...this.#above(changed), encodeEntry(changed));
    this.#size = entry.type === "file" ? entry.sizeBytes : 0;
    this.#written = 0;
  }

  data(bytes: Uint8Array, offset: number): void {
    if (offset > this.#written) this.#pieces.push(new Uint8Array(offset - this.#written));
    this.#pieces.push(new Uint8Array(bytes));
    this.#written = offset + bytes.byteLength;
  }

  end(): void {
    const rest = this.#size - this.#written;
    if (rest > 0) this.#pieces.push(new Uint8Array(rest));
    const padding = paddingOf(this.#size);
    if (padding > 0) this.#pieces.push(new Uint8Array(padding));
  }

  *take(): Generator<Uint8Array, void, undefined> {
    const pieces = this.#pieces;
    this.#pieces = [];
    yield* pieces;
  }
}
