import { constants } from "node:os";
import { EstibaError } from "../lib/error.ts";
import { nearest } from "../lib/nearest.ts";

// signal(7): the first real-time signal that glibc leaves to programs, and the last.
const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** The number of `SIGTERM`, `term`, `15` or `SIGRTMIN+3`. Throws `invalid`, with the nearest name, for what is none. */
export function parseSignal(text: string): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number >= 1 && number <= SIGRTMAX) return number;
    throw unknownSignal(text);
  }
  const name = text.toUpperCase().replace(/^(SIG)?/, "SIG");
  const realTime = /^SIGRT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (realTime !== null) {
    const offset = Number(realTime[3] ?? 0) * (realTime[2] === "-" ? -1 : 1);
    const number = (realTime[1] === "MIN" ? SIGRTMIN : SIGRTMAX) + offset;
    if (number >= SIGRTMIN && number <= SIGRTMAX) return number;
    throw unknownSignal(text);
  }
  const number = Object.entries(constants.signals).find(([known]) => known === name)?.[1];
  if (number === undefined) throw unknownSignal(text);
  return number;
}

/** `SIGTERM` for 15; the number itself for a signal without a name. */
export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? String(number);
}

function unknownSignal(text: string): EstibaError {
  const guess = nearest(text.toUpperCase().replace(/^(SIG)?/, "SIG"), Object.keys(constants.signals));
  return new EstibaError("invalid", {
    reason: "signal.unknown",
    what: `invalid signal: ${text}`,
    fix: guess === undefined ? "see: kill -l" : `did you mean ${guess}?`,
  });
}
