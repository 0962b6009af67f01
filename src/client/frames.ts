/** A piece of a container's output. */
export type OutputPiece = { readonly stream: "stdout" | "stderr"; readonly bytes: Buffer };

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * Takes a multiplexed body apart: frames of `[stream, 0, 0, 0, length as 32 bits, most significant first]` and the bytes. A piece of a frame
 * is given as it comes, so that nothing waits for the rest. Source: Docker's attach.
 */
export async function* splitFrames(body: AsyncIterable<Buffer>): AsyncGenerator<OutputPiece, void> {
  let pending = Buffer.alloc(0);
  let stream: OutputPiece["stream"] = "stdout";
  let left = 0;
  for await (const piece of body) {
    pending = pending.length === 0 ? Buffer.from(piece) : Buffer.concat([pending, piece]);
    for (;;) {
      if (left === 0) {
        if (pending.length < HEADER_BYTES) break;
        stream = pending[0] === STDERR ? "stderr" : "stdout";
        left = pending.readUInt32BE(4);
        pending = pending.subarray(HEADER_BYTES);
        continue;
      }
      if (pending.length === 0) break;
      const bytes = pending.subarray(0, left);
      pending = pending.subarray(bytes.length);
      left -= bytes.length;
      yield { stream, bytes };
    }
  }
}

/** A terminal's output, which is one stream. */
export async function* rawPieces(body: AsyncIterable<Buffer>): AsyncGenerator<OutputPiece, void> {
  for await (const bytes of body) yield { stream: "stdout", bytes };
}
