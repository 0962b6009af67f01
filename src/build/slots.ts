/** Lets so many work at the same time; the others wait in the order they came. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = Math.max(1, count);
  }

  /**
   * Runs the work when there is a slot; it must not wait for other work that needs one. Throws the signal's reason where that comes first, also
   * while it waits.
   */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const turn = Promise.withResolvers<undefined>();
    const take = (): void => turn.resolve(undefined);
    const leave = (): void => {
      const index = this.#waiting.indexOf(take);
      // Whose turn has come already has a slot to give back.
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      turn.reject(signal.reason as Error);
    };
    this.#waiting.push(take);
    signal.addEventListener("abort", leave, { once: true });
    try {
      await turn.promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }
}
