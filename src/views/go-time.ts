/**
 * A time as Go prints it in the local zone: `2026-01-31 12:00:00.123456 +0000 UTC`. Milliseconds since the epoch, whose fraction counts down
 * to the microsecond.
 */
export function goTime(ms: number): string {
  const { whole, micros } = splitMillis(ms);
  const date = new Date(whole);
  const offset = -date.getTimezoneOffset();
  const local = new Date(whole + offset * 60_000).toISOString();
  const fraction = `${local.slice(20, 23)}${pad3(micros)}`.replace(/0+$/, "");
  const zone = `${offset < 0 ? "-" : "+"}${pad2(Math.trunc(Math.abs(offset) / 60))}${pad2(Math.abs(offset) % 60)}`;
  const text = `${local.slice(0, 10)} ${local.slice(11, 19)}${fraction === "" ? "" : `.${fraction}`}`;
  return `${text} ${zone} ${offset === 0 ? "UTC" : zoneName(date)}`;
}

/** Nanoseconds since the epoch in decimal: more digits than a number of JavaScript holds. */
export function unixNanos(ms: number): string {
  const { whole, micros } = splitMillis(ms);
  return `${whole}${pad3(micros)}000`;
}

function splitMillis(ms: number): { whole: number; micros: number } {
  const total = Math.round(ms * 1000);
  return { whole: Math.floor(total / 1000), micros: total % 1000 };
}

function zoneName(date: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" }).formatToParts(date);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
}

function pad2(value: number): string {
  return String(value).padStart(2, "0");
}

function pad3(value: number): string {
  return String(value).padStart(3, "0");
}
