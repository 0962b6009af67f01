import { expect, test } from "bun:test";
import { Histogram, labelText } from "./histogram.ts";

test("buckets hold all that is below their bound", () => {
  const histogram = new Histogram("x_seconds", "X.");
  expect(histogram.lines()).toEqual([]);
  for (const seconds of [0.004, 0.3, 1000]) histogram.observe({ a: "b" }, seconds);
  const lines = histogram.lines();
  expect(lines.slice(0, 3)).toEqual([
    "# HELP x_seconds X.",
    "# TYPE x_seconds histogram",
    'x_seconds_bucket{a="b",le="0.005"} 1',
  ]);
  expect(lines).toContain('x_seconds_bucket{a="b",le="0.25"} 1');
  expect(lines).toContain('x_seconds_bucket{a="b",le="0.5"} 2');
  expect(lines).toContain('x_seconds_bucket{a="b",le="300"} 2');
  expect(lines.slice(-3)).toEqual([
    'x_seconds_bucket{a="b",le="+Inf"} 3',
    'x_seconds_sum{a="b"} 1000.304',
    'x_seconds_count{a="b"} 3',
  ]);
});

test("values of labels are escaped", () => {
  expect(labelText({ a: 'x"\\\n' })).toBe('{a="x\\"\\\\\\n"}');
  expect(labelText({})).toBe("");
});
