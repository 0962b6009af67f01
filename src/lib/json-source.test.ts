import { expect, test } from "bun:test";
import { parseJsonSource } from "./json-source.ts";

test("a document is read as JSON.parse reads it", () => {
  for (const text of [
    '{"a": [1, -2.5e3, true, false, null, "x\\n\\u00e9\\"" ], "b": {}, "c": []}',
    " [ ] ",
    '"x"',
    "12",
    '\n{"é": {"__proto__x": 1}}\n',
  ]) {
    expect(parseJsonSource(text, "f").value).toEqual(JSON.parse(text));
  }
});

test("a syntax error names file, line and column", () => {
  const failures: [string, string][] = [
    ['{\n  "a": 1\n  "b": 2\n}', 'f.json:3:3: expected "," or "}", found "\\""'],
    ['{"a": }', 'f.json:1:7: expected a value, found "}"'],
    ["{a: 1}", 'f.json:1:2: expected a key in quotes, found "a"'],
    ['{"a": 1', 'f.json:1:8: expected "," or "}", found the end of the file'],
    ["[1,]", 'f.json:1:4: expected a value, found "]"'],
    ['{"a":1,"a":2}', 'f.json:1:8: key "a" is given twice'],
    ["1 2", 'f.json:1:3: unexpected "2" after the document'],
    ['"a\nb"', "f.json:1:3: control character or line break in a string"],
    ["", "f.json:1:1: expected a value, found the end of the file"],
  ];
  for (const [text, message] of failures) expect(() => parseJsonSource(text, "f.json")).toThrow(message);
});

test("a document nested without end is refused instead of exhausting the stack", () => {
  expect(() => parseJsonSource("[".repeat(100_000), "f")).toThrow("more than 100 levels");
});

test("every value's place can be asked for, and a missing one's is its parent's", () => {
  const source = parseJsonSource('{\n  "rules": [\n    {"op": "x"}\n  ]\n}', "f.json");
  expect(source.place(["rules", 0, "op"])).toBe("f.json:3:12");
  expect(source.place(["rules", 0, "missing"])).toBe("f.json:3:5");
  expect(source.place(["none"])).toBe("f.json:1:1");
});
