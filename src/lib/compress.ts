import { Readable, type Transform } from "node:stream";

/** How bytes are to be packed; `level` undefined takes the kind's usual one (gzip 1 to 9, zstd 1 to 20). */
export type Packing = { readonly kind: "none" | "gzip" | "zstd"; readonly level?: number | undefined };

const CHUNK_BYTES = 256 * 1024;
/** Layers are packed once and often: gzip's usual 6 takes three times as long as 4 for some two percent. */
const GZIP_LEVEL = 4;
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
  const packer = await packerOf(packing);
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

async function packerOf({ kind, level }: Packing): Promise<Transform> {
  const zlib = await import("node:zlib");
  if (kind === "gzip") return zlib.createGzip({ chunkSize: CHUNK_BYTES, level: level ?? GZIP_LEVEL });
  const params = { [zlib.constants.ZSTD_c_compressionLevel]: level ?? ZSTD_LEVEL };
  return zlib.createZstdCompress({ chunkSize: CHUNK_BYTES, params });
}
