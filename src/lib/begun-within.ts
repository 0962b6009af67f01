/**
 * Begins something that then has no end, such as a stream: the signal that it is given is aborted with any of the others, or when it has not
 * begun in time. A connection that was asked for while a cable was out may come minutes after it is in again.
 */
export async function begunWithin<T>(
  ms: number,
  signals: readonly AbortSignal[],
  begin: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  try {
    return await begin(AbortSignal.any([...signals, late.signal]));
  } finally {
    clearTimeout(timer);
  }
}
