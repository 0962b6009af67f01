import { EstibaError, isEstibaError } from "../../lib/error.ts";

const ATTEMPTS = 4;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 60_000;

/** Runs `operation` until it succeeds, at most four times: again only after a retryable error, with growing pauses or the server's own. */
export async function withRetry<T>(signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (attempt >= ATTEMPTS || !isEstibaError(error) || !error.retryable) throw error;
      await pause(delayMs(error, attempt), signal);
    }
  }
}

/** How long to wait before the next attempt, in milliseconds: what the server asked for, else exponential with jitter. */
export function delayMs(error: EstibaError, attempt: number): number {
  const asked = error.details["retryAfterMs"];
  if (typeof asked === "number") return Math.min(asked, LONGEST_DELAY_MS);
  return FIRST_DELAY_MS * 2 ** (attempt - 1) * (0.75 + Math.random() / 2);
}

/** Reads a Retry-After header, seconds or a date, as milliseconds from `nowMs`. */
export function parseRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,6}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** Sleeps; an abort ends it at once with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms);
  const wake = (): void => resolve(undefined);
  signal.addEventListener("abort", wake, { once: true });
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", wake);
  throwIfAborted(signal);
}

/** Throws `cancelled` when the caller has given up. */
export function throwIfAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  const reason: unknown = signal.reason;
  if (isEstibaError(reason)) throw reason;
  throw new EstibaError("cancelled", { reason: "image.cancelled", what: "cancelled", cause: reason });
}
