const PATIENCE_MS = 1000;

/**
 * Who is attached to a container through this service. Whoever waits for the container's end is answered when they have all that it wrote:
 * clients take that answer for the end of everything.
 */
export class Attached {
  readonly #stays = new Map<string, Set<Promise<unknown>>>();

  /** Counts a client as attached until `stay` is settled: it has read everything, or has gone. */
  add(id: string, stay: Promise<unknown>): void {
    const stays = this.#stays.get(id) ?? new Set();
    this.#stays.set(id, stays.add(stay));
    const leave = (): void => {
      stays.delete(stay);
      if (stays.size === 0 && this.#stays.get(id) === stays) this.#stays.delete(id);
    };
    void stay.then(leave, leave);
  }

  /** Resolves when those who are attached to a container that has ended have all of its output; one that does not read is waited for a second. */
  async delivered(id: string): Promise<void> {
    const stays = this.#stays.get(id);
    if (stays !== undefined) await Promise.race([Promise.allSettled(stays), Bun.sleep(PATIENCE_MS)]);
  }
}
