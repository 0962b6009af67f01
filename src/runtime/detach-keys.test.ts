import { expect, test } from "bun:test";
import { detachSieve, parseDetachKeys } from "./detach-keys.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test("keys are characters and control characters", () => {
  expect(parseDetachKeys()).toEqual([16, 17]);
  expect(parseDetachKeys("ctrl-a,d")).toEqual([1, 100]);
  expect(parseDetachKeys("ctrl-@,ctrl-\\,ctrl-[,ctrl-],ctrl-^,ctrl-_")).toEqual([0, 28, 27, 29, 30, 31]);
  expect(parseDetachKeys("")).toEqual([]);
  for (const text of ["ab", "ctrl-", "ctrl-1", "a,,b", "ctrl-p ctrl-q"]) expect(() => parseDetachKeys(text)).toThrow();
});

test("the sequence detaches, in one piece or in several, and nothing after it goes on", () => {
  const sieve = detachSieve([16, 17]);
  expect(sieve(bytes(1, 16))).toEqual({ passed: bytes(1), detached: false });
  expect(sieve(bytes(17, 2))).toEqual({ passed: bytes(), detached: true });
});

test("what was only begun goes on as soon as another key follows", () => {
  const sieve = detachSieve([16, 17]);
  expect(sieve(bytes(16, 3))).toEqual({ passed: bytes(16, 3), detached: false });
  expect(sieve(bytes(16))).toEqual({ passed: bytes(), detached: false });
  expect(sieve(bytes(16))).toEqual({ passed: bytes(16), detached: false });
  expect(sieve(bytes(17))).toEqual({ passed: bytes(), detached: true });
});

test("without keys everything goes on", () => {
  expect(detachSieve([])(bytes(16, 17))).toEqual({ passed: bytes(16, 17), detached: false });
});
