import { must } from "./errno.ts";

const CLOCK_REALTIME = 0;
const TIMEX_BYTES = 208;
const STATUS_OFFSET = 40;
const STA_UNSYNC = 0x40;

/** True when something (NTP, PTP, the hypervisor) keeps the kernel's clock right: adjtimex(2), read only. */
export function isClockSynchronized(): boolean {
  const timex = new Uint8Array(TIMEX_BYTES);
  must("cannot read the state of the clock", "adjtimex", timex);
  return (new DataView(timex.buffer).getInt32(STATUS_OFFSET, true) & STA_UNSYNC) === 0;
}

/** The time since 1970 in milliseconds, with fractions: Date.now() has none, and `performance` takes longer to load than an event to write. */
export function preciseTime(): number {
  // struct timespec of a 64-bit machine: seconds, then nanoseconds.
  const words = new Uint32Array(4);
  must("cannot read the clock", "clock_gettime", CLOCK_REALTIME, words);
  const seconds = (words[1] ?? 0) * 0x1_0000_0000 + (words[0] ?? 0);
  return seconds * 1000 + (words[2] ?? 0) / 1e6;
}
