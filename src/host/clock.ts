import { must } from "./errno.ts";

const TIMEX_BYTES = 208;
const STATUS_OFFSET = 40;
const STA_UNSYNC = 0x40;

/** True when something (NTP, PTP, the hypervisor) keeps the kernel's clock right: adjtimex(2), read only. */
export function isClockSynchronized(): boolean {
  const timex = new Uint8Array(TIMEX_BYTES);
  must("cannot read the state of the clock", "adjtimex", timex);
  return (new DataView(timex.buffer).getInt32(STATUS_OFFSET, true) & STA_UNSYNC) === 0;
}
