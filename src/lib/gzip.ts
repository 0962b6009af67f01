import { constants, crc32, deflateRaw } from "node:zlib";

/** Pieces at least as long are blocks of their own, without a copy; shorter ones are gathered to one. */
const BLOCK_BYTES = 256 * 1024;
/** Blocks that are compressed at the same time, each in a thread of its own: what bounds the memory. */
const AT_ONCE = 4;
const FASTEST = 1;
/** No name, no time; made quickly, by no known system: the same bytes give the same archive (RFC 1952). */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255);
/** An empty last block of a deflate stream. */
const LAST_BLOCK = Uint8Array.of(3, 0);

/**
 * Compresses what it is given as one gzip member: blocks, several at once, joined where they end (the way of
 * pigz). The same pieces give the same result. `sink` gets it in order.
 */
export class GzipWriter {
  readonly #sink: (piece: Uint8Array) => void;
  readonly #level: number;
  readonly #pending: Promise<Uint8Array>[] = [];
  #parts: Uint8Array[] = [];
  #length = 0;
  #checksum = 0;
  #size = 0;

  constructor(sink: (piece: Uint8Array) => void, level: number = FASTEST) {
    this.#sink = sink;
    this.#level = level;
    sink(HEADER);
  }

  /** Takes the bytes, which must not change any more; waits while too much is under way. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#parts.push(bytes);
    this.#length += bytes.byteLength;
    if (this.#length >= BLOCK_BYTES) await this.#block();
  }

  /** The rest, and the end of the member. */
  async end(): Promise<void> {
    if (this.#length > 0) await this.#block();
    await this.#drain(0);
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.#checksum >>> 0, 0);
    trailer.writeUInt32LE(this.#size % 2 ** 32, 4);
    this.#sink(Buffer.concat([LAST_BLOCK, trailer]));
  }

  async #block(): Promise<void> {
    const [only, second] = this.#parts;
    const block = only !== undefined && second === undefined ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    this.#checksum = crc32(block, this.#checksum);
    this.#size += block.byteLength;
    const work = compress(block, this.#level);
    // Whoever takes it out of the queue hears of a failure.
    work.catch(() => undefined);
    this.#pending.push(work);
    await this.#drain(AT_ONCE);
  }

  async #drain(left: number): Promise<void> {
    while (this.#pending.length > left) {
      const first = await this.#pending.shift();
      if (first !== undefined) this.#sink(first);
    }
  }
}

function compress(block: Uint8Array, level: number): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  // Room for all of it at once: otherwise each 16 KiB wait for this thread to hand out the next.
  const chunkSize = block.byteLength + (block.byteLength >> 8) + 1024;
  // Ends at a byte, without a last block: the next one can follow.
  deflateRaw(block, { level, chunkSize, finishFlush: constants.Z_SYNC_FLUSH }, (error, result) =>
    error === null ? resolve(result) : reject(error),
  );
  return promise;
}
