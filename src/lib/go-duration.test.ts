import { expect, test } from "bun:test";
import { goDuration } from "./go-duration.ts";

test("a duration is printed in Go's way", () => {
  const cases: [number, string][] = [
    [0, "0s"],
    [1, "1ns"],
    [1_500, "1.5µs"],
    [13_679_717, "13.679717ms"],
    [20_000_000, "20ms"],
    [1e9, "1s"],
    [1_802_483_022, "1.802483022s"],
    [60e9, "1m0s"],
    [90.25e9, "1m30.25s"],
    [3_600e9, "1h0m0s"],
    [100 * 3_600e9 + 61e9, "100h1m1s"],
  ];
  for (const [nanos, text] of cases) expect(goDuration(nanos)).toBe(text);
});
