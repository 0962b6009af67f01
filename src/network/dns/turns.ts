import type { Query } from "./message.ts";

/** Names that share a counter only take turns together; so few seldom do. */
const COUNTERS = 4_096;

/**
 * The turns of answers. Each name has its own for each type: with one counter for all, a client that asks for both families of an even
 * number of holders would get the same one each time.
 */
export class Turns {
  readonly #counts = new Uint32Array(COUNTERS);

  next({ name, type }: Pick<Query, "name" | "type">): number {
    const at = (Bun.hash.crc32(name) + type) % COUNTERS;
    const turn = this.#counts[at] ?? 0;
    this.#counts[at] = turn + 1;
    return turn;
  }
}
