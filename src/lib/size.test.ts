import { expect, test } from "bun:test";
import { formatSize, formatUsage, parseSize } from "./size.ts";

test("sizes are powers of 1024 with any of the usual spellings", () => {
  const cases: [string, number | undefined][] = [
    ["512", 512],
    ["1k", 1024],
    ["64m", 64 * 1024 ** 2],
    ["1.5g", 1.5 * 1024 ** 3],
    ["2GiB", 2 * 1024 ** 3],
    ["2GB", 2 * 1024 ** 3],
    ["10b", 10],
    ["", undefined],
    ["-1", undefined],
    ["12x", undefined],
    ["1m2", undefined],
    ["999999p", undefined],
  ];
  for (const [text, bytes] of cases) expect([text, parseSize(text)]).toEqual([text, bytes]);
});

test("sizes are printed as powers of 1000", () => {
  expect([0, 999, 1000, 4_260_000, 1_234_567_890].map(formatSize)).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "4.26 MB",
    "1.23 GB",
  ]);
});

test("disk usage has four digits and no blank", () => {
  expect([0, 999, 1024, 4_257_123, 1_234_567_890].map(formatUsage)).toEqual([
    "0B",
    "999B",
    "1.024kB",
    "4.257MB",
    "1.235GB",
  ]);
});
