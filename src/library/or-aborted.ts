/**
 * What the work gives; or, as soon as the signal is aborted, its reason is thrown. What has been begun by then goes on to its own end, which
 * nobody waits for any more.
 */
export async function orAborted<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await work();
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  const working = work();
  // Once nobody waits, its failure is nobody's.
  working.catch(() => undefined);
  try {
    return await Promise.race([working, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
