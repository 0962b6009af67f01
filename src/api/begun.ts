import type { Ready } from "../engine/launch.ts";

/**
 * Where those who attach to a container that does not run yet wait for it to begin, and whoever starts it in this process tells them, before
 * the command begins: nothing of its output is missed. (When another process starts it, they learn of it by its events.)
 */
export class Begun {
  readonly #waiting = new Map<string, Set<Ready>>();

  /** Has `ready` called at the next start of the container, once; disposing it takes that back. */
  expect(id: string, ready: Ready): Disposable {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(ready));
    return {
      [Symbol.dispose]: () => {
        waiting.delete(ready);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
      },
    };
  }

  /** What a start of the container is to call. */
  announcer(id: string): Ready {
    return (bundle) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      for (const ready of waiting ?? []) ready(bundle);
    };
  }
}
