import { expect, test } from "bun:test";
import { parse } from "yaml";
import { plainOf } from "./node.ts";
import { readYaml } from "./read.ts";
import { writeYaml } from "./write.ts";

const ODD: readonly string[] = [
  "",
  "a",
  "a: b",
  "a:b",
  "#x",
  "x #y",
  "x#y",
  "- x",
  "-x",
  "?",
  "? x",
  ":",
  ": x",
  "x:",
  "true",
  "no",
  "y",
  "null",
  "~",
  "1",
  "1.5",
  "0440",
  "22:22",
  "1m30s",
  "2001-12-14",
  " lead",
  "tail ",
  "a\nb",
  "a\nb\n",
  "a\n\n",
  "\n",
  " a\nb",
  "\n\na",
  "a \nb",
  "'",
  '"',
  "it's",
  'say "x"',
  "@x",
  "`x`",
  "%x",
  "*x",
  "&x",
  "!x",
  "|",
  ">",
  "{}",
  "[a]",
  "a, b",
  "\t",
  "a\tb",
  "\u0000",
  "é",
  "日本",
  "\u2028",
  "$${X}",
  "---",
  "--- x",
  "...",
  "<<",
  "\\n",
  "a'b\"c",
  "x\r\ny",
  "long ".repeat(60).trim(),
];

test("every text is read back as it was, by this reader and by the reference", () => {
  for (const text of ODD) {
    for (const value of [
      { k: text },
      { k: [text] },
      { k: { inner: { more: text } } },
      [[text, { a: text }]],
      { [text]: 1 },
    ]) {
      const written = writeYaml(value);
      expect({ written, value: readYaml({ name: "x", text: written }).map(plainOf)[0] }).toEqual({ written, value });
      expect({ written, value: parse(written) as unknown }).toEqual({ written, value });
    }
  }
});

test("looks as Go's writer has it: lists are indented, quotes only where they are needed", () => {
  const value = {
    name: "x",
    ports: [{ mode: "ingress", target: 80, published: "8080" }, "plain"],
    empty: { a: {}, b: [], c: null, d: "" },
    command: ["echo", 'say "x"', "a: b", "yes"],
    script: "one\ntwo\n",
    deep: [["a", ["b"]], [{ k: ["v"] }]],
  };
  expect(writeYaml(value)).toBe(`name: x
ports:
  - mode: ingress
    target: 80
    published: "8080"
  - plain
empty:
  a: {}
  b: []
  c: null
  d: ""
command:
  - echo
  - say "x"
  - 'a: b'
  - "yes"
script: |
  one
  two
deep:
  - - a
    - - b
  - - k:
        - v
`);
});

test("comments stand behind the lines of their values", () => {
  const comment = (path: readonly (string | number)[]): string | undefined =>
    path.at(-1) === "b" || path.at(-1) === 0 ? path.join(".") : undefined;
  expect(writeYaml({ a: { b: 1 }, l: ["x", "z"] }, { comment })).toBe("a:\n  b: 1  # a.b\nl:\n  - x  # l.0\n  - z\n");
});
