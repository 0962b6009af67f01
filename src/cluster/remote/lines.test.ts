import { expect, test } from "bun:test";
import { lineCutter } from "./lines.ts";

const tooLong = (): Error => new Error("too long");

test("lines are what was sent, however it comes, and one that has no end yet waits for it", () => {
  const bytes = Buffer.from('{"a":"é"}\n\n{"b":1}\n{"c"');
  const whole = lineCutter(100, tooLong);
  expect(whole(bytes)).toEqual(['{"a":"é"}', '{"b":1}']);
  expect(whole(Buffer.from(":2}\n"))).toEqual(['{"c":2}']);
  const cut = lineCutter(100, tooLong);
  const byByte = [...bytes].flatMap((_, index) => cut(bytes.subarray(index, index + 1)));
  expect(byByte).toEqual(['{"a":"é"}', '{"b":1}']);
});

test("one that is too long is an error, before it has ended too", () => {
  expect(() => lineCutter(4, tooLong)(Buffer.from("12345\n"))).toThrow("too long");
  const cut = lineCutter(4, tooLong);
  expect(cut(Buffer.from("1234"))).toEqual([]);
  expect(() => cut(Buffer.from("5"))).toThrow("too long");
});
