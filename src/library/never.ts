/** The signal of who gave none: it is never aborted. */
export function never(): AbortSignal {
  return new AbortController().signal;
}
