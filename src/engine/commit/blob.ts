import type { BlobWriter } from "../../image/content-store.ts";
import { GzipWriter } from "../../lib/gzip.ts";
import { MEDIA_TYPE } from "../../oci/descriptor.ts";

/** Up to here a layer is compressed at once; a larger one stays plain, as both peers keep it, and whoever pushes it compresses it. */
const COMPRESSED_BYTES = 8 * 1024 * 1024;

/** Passes an archive on while its blob is written; the blob is whole when all of it has passed. Returns its media type to `done`. */
export async function* keepBlob(
  archive: Iterable<Uint8Array>,
  writer: BlobWriter,
  { signal, done }: { signal: AbortSignal; done: (mediaType: string) => void },
): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Uint8Array[] | undefined = [];
  let size = 0;
  for (const piece of archive) {
    signal.throwIfAborted();
    size += piece.byteLength;
    if (held === undefined) writer.write(piece);
    else {
      held.push(piece);
      if (size > COMPRESSED_BYTES) {
        for (const earlier of held) writer.write(earlier);
        held = undefined;
      }
    }
    yield piece;
  }
  if (held !== undefined) await compress(held, writer);
  done(held === undefined ? MEDIA_TYPE.ociLayer : MEDIA_TYPE.ociLayerGzip);
}

async function compress(pieces: readonly Uint8Array[], writer: BlobWriter): Promise<void> {
  const zip = new GzipWriter((piece) => writer.write(piece));
  for (const piece of pieces) await zip.write(piece);
  await zip.end();
}
