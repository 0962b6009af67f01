import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

test("a slip of the finger finds what was meant", () => {
  const commands = ["run", "rm", "rmi", "create", "images", "inspect"];
  expect(nearest("imgaes", commands)).toBe("images");
  expect(nearest("inspct", commands)).toBe("inspect");
  expect(nearest("crate", commands)).toBe("create");
  expect(nearest("rn", commands)).toBe("run");
});

test("what resembles nothing suggests nothing", () => {
  expect(nearest("bananas", ["run", "rm", "ps"])).toBeUndefined();
});
