import { expect, test } from "bun:test";
import { metricIn, readMetric } from "./metric.ts";

test("a metric is a number, one in JSON, or what Prometheus answers; anything else is none", () => {
  const vector = (...values: string[]): string =>
    JSON.stringify({ data: { resultType: "vector", result: values.map((value) => ({ value: [1, value] })) } });
  for (const [text, value] of [
    [" 12.5\n", 12.5],
    ["1e3", 1000],
    ['{"value": 7}', 7],
    ['{"value": "7"}', 7],
    [vector("3", "4.5"), 7.5],
    ['{"data":{"resultType":"scalar","result":[1,"9"]}}', 9],
  ] as const)
    expect([text, metricIn(text)]).toEqual([text, value]);
  for (const text of [
    "",
    "many",
    "-1",
    "1 2",
    "null",
    "[]",
    "{}",
    '{"value":null}',
    '{"value":""}',
    vector(),
    vector("NaN"),
    "{",
  ])
    expect([text, metricIn(text)]).toEqual([text, undefined]);
});

test("a metric that cannot be read says why: nobody there, an error, no number, too much, somebody else's address", async () => {
  const answers: Record<string, () => Response> = {
    "/good": () => new Response("5"),
    "/bad": () => new Response("<html>", { status: 200 }),
    "/gone": () => new Response("", { status: 404 }),
    "/much": () => new Response("1".repeat(100_000)),
    "/away": () => Response.redirect("/good"),
  };
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => answers[new URL(url).pathname]?.() ?? new Response("", { status: 500 }),
  });
  const read = async (path: string): Promise<number | { error: string }> =>
    await readMetric(`http://127.0.0.1:${server.port}${path}`, new AbortController().signal);
  expect(await read("/good")).toBe(5);
  expect(await read("/bad")).toEqual({ error: expect.stringContaining('answers no number: "<html>"') });
  expect(await read("/gone")).toEqual({ error: expect.stringContaining("answers 404") });
  expect(await read("/much")).toEqual({ error: expect.stringContaining("longer than") });
  expect(await read("/away")).toEqual({ error: expect.stringContaining("cannot be read") });
  expect(await readMetric("http://127.0.0.1:1/", new AbortController().signal)).toEqual({
    error: expect.stringContaining("cannot be read"),
  });
});
