import { expect, test } from "bun:test";
import { Query } from "./query.ts";

test("flags are read as Go reads them: everything but a few words is yes", () => {
  const query = new Query("a=1&b=True&c=yes&d=&e=0&f=no&g=false&h=None&i=x");
  expect("abcdefghi".split("").map((name) => query.flag(name))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
  expect([query.flag("z"), query.flag("z", true)]).toEqual([false, true]);
});

test("filters come in three forms", () => {
  const filters = (value: unknown): string[] =>
    new Query(`filters=${encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value))}`).filters();
  expect(filters({ label: { "a=b": true, c: false }, status: { running: true } })).toEqual([
    "label=a=b",
    "status=running",
  ]);
  expect(filters({ label: ["a=b", "c"] })).toEqual(["label=a=b", "label=c"]);
  expect(filters({ name: "x" })).toEqual(["name=x"]);
  expect(new Query("").filters()).toEqual([]);
  for (const bad of ["x", "[1]", "null", '"a"', '{"a":1}', '{"a":null}'])
    expect(() => filters(bad)).toThrow("invalid filter");
});

test("an integer is one", () => {
  const query = new Query("a=5&b=-1&c=x&d=1.5&e=99999999999999999999");
  expect([query.integer("a"), query.integer("b"), query.integer("z")]).toEqual([5, -1, undefined]);
  for (const name of ["c", "d", "e"]) expect(() => query.integer(name)).toThrow("invalid value");
});
