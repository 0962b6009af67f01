import { afterEach, expect, test } from "bun:test";
import { isLogged, LOG_LEVEL } from "./log.ts";

afterEach(() => {
  delete process.env[LOG_LEVEL];
});

test("warnings are told by default, and debug messages only when they are asked for", () => {
  const told = (level: string | undefined): [boolean, boolean] => {
    if (level !== undefined) process.env[LOG_LEVEL] = level;
    return [isLogged("debug"), isLogged("warn")];
  };
  expect(told(undefined)).toEqual([false, true]);
  expect(told("trace")).toEqual([true, true]);
  expect(told("debug")).toEqual([true, true]);
  expect(told("info")).toEqual([false, true]);
  expect(told("warning")).toEqual([false, true]);
  expect(told("error")).toEqual([false, false]);
  expect(told("nonsense")).toEqual([false, true]);
});
