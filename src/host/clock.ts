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
  const words = new BigInt64Array(2);
  must("cannot read the clock", "clock_gettime", CLOCK_REALTIME, words);
  return Number(words[0]) * 1000 + Number(words[1]) / 1e6;
}
