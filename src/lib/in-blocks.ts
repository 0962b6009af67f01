/**
 * Cuts a stream anew, into blocks of one length and a shorter last one. Each is the reader's to keep, unless `reuse`: then it is good until the
 * next one is asked for, and a long stream makes no garbage.
 */
export async function* inBlocks(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
  { reuse = false }: { reuse?: boolean } = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let block = new Uint8Array(blockBytes);
  let filled = 0;
  for await (const piece of source) {
    for (let at = 0; at < piece.byteLength; ) {
      const part = piece.subarray(at, at + blockBytes - filled);
      block.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < blockBytes) continue;
      yield block;
      if (!reuse) block = new Uint8Array(blockBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield reuse ? block.subarray(0, filled) : block.slice(0, filled);
}
