import { expect, test } from "bun:test";
import { readDotenv, readRawEnv } from "./dotenv.ts";

const read = (text: string): Record<string, string | null> =>
  Object.fromEntries(
    readDotenv(
      { name: ".env", text },
      (name) => ({ OUTER: "out" })[name],
      () => undefined,
    ).map(({ name, value }) => [name, value]),
  );

const LINES: readonly (readonly [text: string, values: Record<string, string | null>])[] = [
  ["A=b", { A: "b" }],
  ["A: b", { A: "b" }],
  ["export A=b", { A: "b" }],
  ["A", { A: null }],
  ["A=", { A: "" }],
  ["A = b c  ", { A: "b c" }],
  ["# x\n\nA=b # y\nB=c#d\nC=#e", { A: "b", B: "c#d", C: "" }],
  ["A='$OUTER # x'", { A: "$OUTER # x" }],
  ['A="$OUTER # x" # y', { A: "out # x" }],
  ['A="a\\nb\\tc\\"d\\$e\\\\"', { A: 'a\nb\tc"d$e\\' }],
  ['A="one\ntwo"\nB=c', { A: "one\ntwo", B: "c" }],
  ["A='one\ntwo'", { A: "one\ntwo" }],
  ["A=1\nB=$A/${A}/${NO:-d}", { A: "1", B: "1/1/d" }],
  ["A=a=b", { A: "a=b" }],
  ["\uFEFFA=b", { A: "b" }],
  ["A.b-c[0]=d", { "A.b-c[0]": "d" }],
  ["A=b\r\nB=c\r\n", { A: "b", B: "c" }],
  ["A=$OUTER", { A: "out" }],
  ['A="\\101"', { A: "A" }],
  ["A=it's", { A: "it's" }],
];

test.each(LINES)("%j", (text, values) => {
  expect(read(text)).toEqual(values);
});

test("errors tell the line", () => {
  expect(() => read("A=b\nC D=e")).toThrow(".env:2:1: the name of a variable contains a blank: C D");
  expect(() => read('A="b')).toThrow(".env:1:3: this quote is never closed");
  expect(() => read('A="b" c')).toThrow(".env:1:6: nothing may follow the closing quote");
  expect(() => read("A=b\nC=${D:?why}")).toThrow(".env:2:3: required variable D is missing a value: why");
});

test("raw files have no quotes and no variables", () => {
  expect(readRawEnv({ name: "x", text: '# c\nA="b $C"\nD\n E= f\n' }).map(({ name, value }) => [name, value])).toEqual([
    ["A", '"b $C"'],
    ["D", null],
    ["E", " f"],
  ]);
});
