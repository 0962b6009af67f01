/**
 * Turns work that reports as it goes into an async generator: it yields what is reported and returns the result. Leaving the loop early,
 * or an abort of `signal`, aborts the signal that the work sees; the generator ends only after the work has.
 */
export async function* withProgress<Event, Result>(
  signal: AbortSignal,
  work: (report: (event: Event) => void, signal: AbortSignal) => Promise<Result>,
): AsyncGenerator<Event, Result, undefined> {
  const left = new AbortController();
  const queue: Event[] = [];
  let wake = Promise.withResolvers<undefined>();
  const ring = (): void => wake.resolve(undefined);
  const running = work(
    (event) => {
      queue.push(event);
      ring();
    },
    AbortSignal.any([signal, left.signal]),
  );
  const state = { ended: false };
  const settled = running.then(
    () => undefined,
    () => undefined,
  );
  void settled.then(() => {
    state.ended = true;
    ring();
  });
  try {
    while (!state.ended || queue.length > 0) {
      yield* queue.splice(0);
      if (state.ended) continue;
      await wake.promise;
      wake = Promise.withResolvers<undefined>();
    }
    return await running;
  } finally {
    if (!state.ended) left.abort(new DOMException("nobody listens any more", "AbortError"));
    await settled;
  }
}
