/** What is less may be a clock that is being corrected. */
const SET_BACK_MS = 1_000;

type Clocks = {
  /** Milliseconds since the epoch, by the clock of the day, which may be set. */
  readonly wall: () => number;
  /** Milliseconds by one that nobody sets. */
  readonly monotonic: () => number;
};

const MACHINE: Clocks = { wall: () => Date.now(), monotonic: () => performance.now() };

/**
 * A clock that tells milliseconds since the epoch, more at each call. When the clock of the day is set back, it goes on from where it was,
 * so that what waits for a time does not wait for that one to catch up.
 */
export function makeClock({ wall, monotonic }: Clocks = MACHINE): () => number {
  const last = { at: 0, monotonic: 0 };
  return () => {
    const [now, passed] = [wall(), monotonic()];
    const wentOn = now < last.at - SET_BACK_MS ? Math.round(passed - last.monotonic) : 0;
    last.at = Math.max(now, last.at + Math.max(1, wentOn));
    last.monotonic = passed;
    return last.at;
  };
}
