import { Cron } from "croner";
import { EstibaError } from "../../lib/error.ts";

type Times = { readonly cron: string; readonly timezone: string };

/**
 * The first time of a schedule after a moment, both in milliseconds since the epoch; undefined where none ever comes. A time that the clock
 * leaves out in spring comes with the next full hour; one that it shows twice in autumn comes once. Throws `invalid`.
 */
export function nextRun({ cron, timezone }: Times, afterMs: number): number | undefined {
  try {
    return new Cron(cron, { mode: "5-part", timezone }).nextRun(new Date(afterMs))?.getTime();
  } catch (error) {
    // The library throws TypeErrors and RangeErrors of its own, all about the two texts.
    if (!(error instanceof Error)) throw error;
    throw new EstibaError("invalid", {
      reason: "schedule.malformed",
      what: `"${cron}" in the zone "${timezone}" is no schedule`,
      cause: error,
      fix: "write five fields (minute hour day month weekday), for example: 0 3 * * *",
    });
  }
}
