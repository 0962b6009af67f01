import { parseDuration } from "./duration.ts";

const DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d(?:\.\d{1,9})?))?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Milliseconds since the epoch of what people write for a time: RFC 3339, without a zone in UTC, a date alone, a Unix time in seconds, or a
 * Go duration, which lies before or after `nowMs`. Undefined for what is none. Source: Podman's ParseInputTime.
 */
export function parseMoment(text: string, durations: "before" | "after", nowMs: number): number | undefined {
  const date = DATE.exec(text);
  if (date !== null) {
    const [, day = "", time = "00:00:00", zone = "Z"] = date;
    const at = Date.parse(`${day}T${time}${zone}`);
    return Number.isNaN(at) ? undefined : at;
  }
  if (/^-?\d+(\.\d*)?$/.test(text)) return Number(text) * 1000;
  const duration = parseDuration(text);
  if (duration === undefined) return undefined;
  return durations === "before" ? nowMs - duration : nowMs + duration;
}
