import { expect, test } from "bun:test";
import { present } from "./present.ts";

test("what is undefined is left out, and nothing else", () => {
  const found = present({ zero: 0, no: false, none: null, empty: "", missing: undefined, list: [undefined] });
  expect(Object.entries(found)).toEqual([
    ["zero", 0],
    ["no", false],
    ["none", null],
    ["empty", ""],
    ["list", [undefined]],
  ]);
});
