import type { Ready } from "../engine/launch.ts";
import type { TerminalSize } from "../runtime/attach.ts";

const DELIVERY_MS = 1000;

/**
 * Where those who attach to a container that does not run yet wait for it to begin, and whoever starts it in this process tells them, before
 * the command begins: nothing of its output is missed. (When another process starts it, they learn of it by its events.) And who is attached:
 * whoever waits for the end is answered when they have what it wrote.
 */
export class Begun {
  readonly #attached = new Map<string, Set<Promise<unknown>>>();
  readonly #waiting = new Map<string, Set<Ready>>();
  readonly #sizes = new Map<string, TerminalSize>();

  /** Has `ready` called at the next start of the container, once; disposing it takes that back. */
  expect(id: string, ready: Ready): Disposable {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(ready));
    return {
      [Symbol.dispose]: () => {
        waiting.delete(ready);
        if (waiting.size > 0 || this.#waiting.get(id) !== waiting) return;
        this.#waiting.delete(id);
        this.#sizes.delete(id);
      },
    };
  }

  /** Counts a client as attached to the container for the time of `stay`, which it gives back. */
  async attached<T>(id: string, stay: Promise<T>): Promise<T> {
    const all = this.#attached.get(id) ?? new Set();
    this.#attached.set(id, all.add(stay));
    try {
      return await stay;
    } finally {
      all.delete(stay);
      if (all.size === 0 && this.#attached.get(id) === all) this.#attached.delete(id);
    }
  }

  /** Resolves when those who are attached to a container that has ended have got all of its output; a client that does not read is not waited for. */
  async delivered(id: string): Promise<void> {
    const all = this.#attached.get(id);
    if (all !== undefined) await Promise.race([Promise.allSettled(all), Bun.sleep(DELIVERY_MS)]);
  }

  /** Keeps the size of a terminal that is not there yet, for those who wait for it; false where nobody does. */
  keepSize(id: string, size: TerminalSize): boolean {
    if (this.#waiting.has(id)) this.#sizes.set(id, size);
    return this.#waiting.has(id);
  }

  /** The size that was kept last. */
  sizeOf(id: string): TerminalSize | undefined {
    return this.#sizes.get(id);
  }

  /** What a start of the container is to call. */
  announcer(id: string): Ready {
    return (bundle) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      for (const ready of waiting ?? []) ready(bundle);
      this.#sizes.delete(id);
    };
  }
}
