import { expect, test } from "bun:test";
import { formatGoDuration, humanDuration, parseDuration } from "./duration.ts";

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

test("a duration of nanoseconds reads as Go prints it", () => {
  const texts = [0, 1, 1500, 1_500_000, 5e8, 1.5e9, 30e9, 90e9, 3600e9, 90_000_003e6, -1e9, 999, 1_234_567].map(
    formatGoDuration,
  );
  expect(texts.join(" ")).toBe("0s 1ns 1.5µs 1.5ms 500ms 1.5s 30s 1m30s 1h0m0s 25h0m0.003s -1s 999ns 1.234567ms");
});
