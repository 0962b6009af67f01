import { Readable, type Transform } from "node:stream";
import { inBlocks } from "./in-blocks.ts";

/** How bytes are to be packed; `level` undefined takes the kind's usual one (gzip 1 to 9, zstd 1 to 20). */
export type Packing = { readonly kind: "none" | "gzip" | "zstd"; readonly level?: number | undefined };

const CHUNK_BYTES = 256 * 1024;
/** What gzip gets at a time: one length, so that the result is the same however the source is cut. */
const BLOCK_BYTES = 1024 * 1024;
/** Whoever waits for a push wants it quick: gzip's usual 6 takes three times as long for a quarter less. */
const GZIP_LEVEL = 1;
const ZSTD_LEVEL = 3;

/**
 * Packs a stream; the same bytes and packing give the same result, with no time or name in it. Memory is bounded by the consumer's pace; an
 * error of the source is thrown as it is.
 */
export async function* compress(source: AsyncIterable<Uint8Array>, packing: Packing): AsyncGenerator<Uint8Array> {
  if (packing.kind === "none") {
    yield* source;
    return;
  }
  if (packing.kind === "gzip") {
    yield* gzip(source, packing.level ?? GZIP_LEVEL);
    return;
  }
  const packer = await zstdPacker(packing.level ?? ZSTD_LEVEL);
  const input = Readable.from(source, { objectMode: false });
  // pipe() does not carry errors.
  input.on("error", (error) => packer.destroy(error));
  try {
    for await (const chunk of input.pipe(packer)) yield chunk as Uint8Array;
  } finally {
    input.destroy();
    packer.destroy();
  }
}

async function* gzip(source: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const { GzipWriter } = await import("./gzip.ts");
  const writer = new GzipWriter((piece) => ready.push(piece), level);
  for await (const block of inBlocks(source, BLOCK_BYTES)) {
    await writer.write(block);
    yield* ready;
    ready = [];
  }
  await writer.end();
  yield* ready;
}

async function zstdPacker(level: number): Promise<Transform> {
  const { constants, createZstdCompress } = await import("node:zlib");
  return createZstdCompress({ chunkSize: CHUNK_BYTES, params: { [constants.ZSTD_c_compressionLevel]: level } });
}
