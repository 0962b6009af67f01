import { expect, test } from "bun:test";
import { humanDuration, parseDuration } from "./duration.ts";

test("Go durations are read in milliseconds", () => {
  const cases: [string, number | undefined][] = [
    ["0", 0],
    ["1h30m", 5_400_000],
    ["2.5s", 2500],
    ["500ms", 500],
    ["-10s", -10_000],
    ["10", undefined],
    ["ten", undefined],
    ["1h 2m", undefined],
  ];
  for (const [text, ms] of cases) expect([text, parseDuration(text)]).toEqual([text, ms]);
});

test("how long something is past is told in the largest fitting unit", () => {
  const second = 1000;
  const cases: [number, string][] = [
    [500, "Less than a second"],
    [second, "1 second"],
    [45 * second, "45 seconds"],
    [70 * second, "About a minute"],
    [5 * 60 * second, "5 minutes"],
    [80 * 60 * second, "About an hour"],
    [36 * 3600 * second, "36 hours"],
    [3 * 86_400 * second, "3 days"],
    [16 * 86_400 * second, "2 weeks"],
  ];
  for (const [ms, text] of cases) expect([ms, humanDuration(ms)]).toEqual([ms, text]);
});
