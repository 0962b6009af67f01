import { isClockSynchronized } from "../../host/clock.ts";
import { type DoctorFinding, fine, trouble } from "./finding.ts";

/** No host has had this date since Estiba exists. */
const EARLIEST = Date.UTC(2026, 0, 1);

/** Whether the clock is plausible, and kept right. */
export function checkClock(): DoctorFinding[] {
  const now = new Date();
  const shown = now.toISOString().slice(0, 19).replace("T", " ");
  if (now.getTime() < EARLIEST) {
    return [
      trouble("error", "clock", {
        what: `it says ${shown} UTC`,
        why: "certificates of registries are not valid yet at that time",
        fix: "timedatectl set-ntp true",
      }),
    ];
  }
  if (isClockSynchronized()) return [fine("clock", `${shown} UTC, synchronised`)];
  return [
    trouble("warning", "clock", {
      what: `${shown} UTC, kept right by nothing that the kernel knows of`,
      why: "it may drift until tokens and certificates of registries are refused",
      fix: "timedatectl set-ntp true",
    }),
  ];
}
