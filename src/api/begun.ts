import type { Ready } from "../engine/launch.ts";
import type { TerminalSize } from "../runtime/attach.ts";

/**
 * Where those who attach to a container that does not run yet wait for it to begin, and whoever starts it in this process tells them, before
 * the command begins: nothing of its output is missed. (When another process starts it, they learn of it by its events.)
 */
export class Begun {
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
