import { expect, test } from "bun:test";
import { sprintf } from "./printf.ts";

test("verbs, flags, width and precision are Go's fmt", () => {
  const cases: [wanted: string, format: string, ...args: unknown[]][] = [
    ["5", "%d", 5],
    ["    5|5    |00005|+5", "%5d|%-5d|%05d|%+d", 5, 5, 5, 5],
    ["-0005", "%05d", -5],
    ["101 17 f F 0xf", "%b %o %x %X %#x", 5, 15, 15, 15, 15],
    ["A U+0041 'A'", "%c %U %q", 65, 65, 65],
    ["hi|        hi|hi        ", "%s|%10s|%-10s", "hi", "hi", "hi"],
    ["he|   he", "%.2s|%5.2s", "hello", "hello"],
    ['"a\\"b\\n" `raw`', "%q %#q", 'a"b\n', "raw"],
    ["6869 6869", "%x %x", "hi", "hi"],
    ["true", "%t", true],
    ["3.14| 3.14|3.140000|3.14e+00", "%.2f|%5.2f|%f|%.2e", 3.137, 3.137, 3.14, 3.137],
    ["1e+06 100000 1e-05 0.5", "%g %g %g %g", 1000000, 100000, 0.00001, 0.5],
    ["2.0", "%.1f", 2],
    [
      "[a b] map[a:1 b:2] {2 1} <nil> 1.5",
      "%v %v %v %v %v",
      ["a", "b"],
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
      { b: 2, a: 1 },
      null,
      1.5,
    ],
    ['["a" "b"] [01 02]', "%q %02d", ["a", "b"], [1, 2]],
    ["string int float64 bool []interface {} <nil>", "%T %T %T %T %T %T", "", 1, 1.5, true, [1, "a"], null],
    ['"x" map[string]int{"a":1} []string{"y"}', "%#v %#v %#v", "x", new Map([["a", 1]]), ["y"]],
    ["  7", "%*d", 3, 7],
    ["7  |", "%*d|", -3, 7],
    ["100%", "100%%"],
    ["%!d(string=hi)", "%d", "hi"],
    ["%!d(MISSING)", "%d"],
    ["a%!(EXTRA int=1, string=x)", "a", 1, "x"],
    ["%!(NOVERB)", "%"],
    ["%!z(int=1)", "%z", 1],
    ["%!d(<nil>)", "%d", null],
    ["日本  |", "%-4s|", "日本"],
  ];
  for (const [wanted, format, ...args] of cases) expect([format, sprintf(format, args)]).toEqual([format, wanted]);
});
