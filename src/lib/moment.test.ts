import { expect, test } from "bun:test";
import { parseMoment } from "./moment.ts";

const NOW = Date.parse("2026-02-03T04:05:06Z");

test("a time may be RFC 3339, a date, or a Unix time; without a zone it is UTC", () => {
  for (const text of [
    "2026-01-31T12:00:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31T13:00:00.000000000+01:00",
    "1769860800",
  ])
    expect(parseMoment(text, "before", NOW)).toBe(1_769_860_800_000);
  expect(parseMoment("1769860800.5", "before", NOW)).toBe(1_769_860_800_500);
  expect(parseMoment("2026-01-31", "before", NOW)).toBe(Date.parse("2026-01-31T00:00:00Z"));
  expect(parseMoment("2026-01-31+02:00", "before", NOW)).toBe(Date.parse("2026-01-30T22:00:00Z"));
});

test("a duration lies before now, or after it", () => {
  expect(parseMoment("1h30m", "before", NOW)).toBe(NOW - 5_400_000);
  expect(parseMoment("1h30m", "after", NOW)).toBe(NOW + 5_400_000);
  expect(parseMoment("-10m", "after", NOW)).toBe(NOW - 600_000);
});

test("what is no time is undefined", () => {
  for (const text of ["", "nonsense", "2026-13-40", "2026-01-31 12:00:00", "5 minutes", "yesterday"])
    expect(parseMoment(text, "before", NOW)).toBeUndefined();
});
