import { expect, test } from "bun:test";
import { idMapsOf, without } from "./id-maps.ts";

const words = (ranges: readonly { inside: number; outside: number; size: number }[]): string[] =>
  ranges.map(({ inside, outside, size }) => `${inside}:${outside}:${size}`);

test("one kind of id alone counts for both, unless the other is given too", () => {
  const both = idMapsOf(["0:1000:5"], []);
  expect([words(both.uids), words(both.gids)]).toEqual([["0:1000:5"], ["0:1000:5"]]);
  const apart = idMapsOf(["0:1000:5"], ["0:9:1"]);
  expect([words(apart.uids), words(apart.gids)]).toEqual([["0:1000:5"], ["0:9:1"]]);
  const alone = idMapsOf(["0:1000:5"], [], { separate: true });
  expect([words(alone.uids), words(alone.gids)]).toEqual([["0:1000:5"], []]);
});

test("a plus takes its ids away from those before it, on both sides", () => {
  expect(words(idMapsOf(["0:1000:10", "+3:5000:2"], []).uids)).toEqual(["0:1000:3", "3:5000:2", "5:1005:5"]);
  expect(words(idMapsOf(["0:1000:10", "+20:1004:1"], []).uids)).toEqual(["0:1000:4", "5:1005:5", "20:1004:1"]);
});

test("flags make a mapping count for users or groups alone", () => {
  const maps = idMapsOf(["0:1000:10", "+u3:5000:1", "+g7:@6000"], []);
  expect(words(maps.uids)).toEqual(["0:1000:3", "3:5000:1", "4:1004:6"]);
  expect(words(maps.gids)).toEqual(["0:1000:7", "7:6000:1", "8:1008:2"]);
});

test("what overlaps, reaches too far or is no mapping is refused", () => {
  for (const list of [
    ["0:1:2", "1:9:1"],
    ["0:1:2", "5:2:1"],
    ["0:4294967295:1"],
    ["0:1:0"],
    ["0"],
    ["a:b:c"],
    ["u0:1:1"],
  ])
    expect(() => idMapsOf(list, [])).toThrow("cannot map ids by");
});

test("a range without another one has up to three parts", () => {
  const range = { inside: 0, outside: 100, size: 10 };
  expect(words(without(range, { inside: 2, outside: 107, size: 1 }))).toEqual(["0:100:2", "3:103:4", "8:108:2"]);
  expect(words(without(range, { inside: 0, outside: 0, size: 50 }))).toEqual([]);
  expect(words(without(range, { inside: 50, outside: 500, size: 5 }))).toEqual(["0:100:10"]);
});
