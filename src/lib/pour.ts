import { once } from "node:events";
import type { Writable } from "node:stream";

/** Writes pieces as there is room for them, and ends the target after the last one. Once that is gone, the rest goes nowhere. */
export async function pour(target: Writable, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const closed = new AbortController();
  target.once("close", () => closed.abort());
  for await (const piece of pieces) {
    if (target.destroyed) return;
    if (target.write(piece)) continue;
    try {
      await once(target, "drain", { signal: closed.signal });
    } catch (error) {
      if (!closed.signal.aborted && !target.destroyed) throw error;
      return;
    }
  }
  target.end();
}
