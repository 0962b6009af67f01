import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHUNK_BYTES = 256 * 1024;

/** All of a body, read to its end, and from then on in a file without a name; disposing lets it go. */
export type Spooled = Disposable & { readonly pieces: () => AsyncIterable<Uint8Array> };

/** Takes a body off its client, who may not be able to send it and wait at the same time. */
export async function spool(body: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const path = join(tmpdir(), `estiba-body-${crypto.randomUUID()}`);
  const fd = openSync(path, "wx+", 0o600);
  using failed = new DisposableStack();
  failed.defer(() => closeSync(fd));
  rmSync(path);
  for await (const chunk of body) for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
  failed.move();
  return {
    pieces: async function* () {
      for (let position = 0; ; ) {
        const piece = Buffer.allocUnsafe(CHUNK_BYTES);
        const length = readSync(fd, piece, 0, CHUNK_BYTES, position);
        if (length === 0) return;
        position += length;
        yield piece.subarray(0, length);
      }
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}
