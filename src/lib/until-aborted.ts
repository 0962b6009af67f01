/** The pieces of a source until it ends, or the signal is aborted: then its reason is thrown at once, even where the source is silent. */
export async function* untilAborted<T>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  signal.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  const aborted = Promise.withResolvers<never>();
  // Whoever waits for a piece hears of it; nobody need be waiting.
  aborted.promise.catch(() => undefined);
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise]);
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener("abort", abort);
    // A silent source would never answer to being closed.
    if (!signal.aborted) await iterator.return?.();
  }
}
