import { expect, test } from "bun:test";
import { parseAllDocuments, stringify } from "yaml";
import { isEstibaError } from "../error.ts";
import { type Node, plainOf } from "./node.ts";
import { placeOf } from "./problem.ts";
import { readYaml } from "./read.ts";

const read = (text: string): unknown[] => readYaml({ name: "x.yaml", text }).map(plainOf);
const reference = (text: string): unknown[] =>
  parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as unknown;
  });

function problemOf(text: string): string {
  try {
    readYaml({ name: "x.yaml", text });
  } catch (error) {
    if (isEstibaError(error)) return error.message.split("\n")[0] ?? "";
    throw error;
  }
  return "none";
}

// What Compose files, Kubernetes files and the YAML specification's examples are made of.
const ALIKE: readonly string[] = [
  "a: 1\nb: two\nc: 3.5\nd: true\ne: null\nf: ~\ng:\n",
  "- a\n- 1\n-\n- - x\n  - y\n-   - z\n- k: v\n  l: w\n-\n  m: n\n",
  "a:\n- 1\n- 2\nb:\n  - 3\n",
  'a: "x\\ny\\t\\u00e9 \\x41 \\"q\\""\nb: \'it\'\'s\'\nc: "two\n  lines"\nd: "a\n\n  b"\ne: \'x\n  y\'\nf: "a\\\n   b"\n',
  "a: |\n  one\n    two\n  three\n\nb: >\n  one\n  two\n\n  three\n   indented\n  four\nc: |-\n  x\nd: |+\n  x\n\ne: >-\n  a\n  b\n",
  "a: |2\n   one\n  two\nb: >+\n  one\n\n\nc: |\n",
  "a: [1, two, 'three', \"four\", [5, 6], {x: y}]\nb: {a: 1, b: [2], c: , d, 'e':1, \"f\": {}}\nc: []\nd: {}\n",
  "a: [\n  1,\n  2, # two\n  3\n]\nb: {\n  x: 1,\n  y: a b\n    c,\n}\n",
  "a: &x {p: 1}\nb: *x\nc: &y text\nd: *y\ne: [&z 1, *z]\n",
  "x: &a\n  k: 1\n  l: 2\ny:\n  <<: *a\n  l: 3\nz:\n  <<: [*a, {m: 4}]\n",
  "# comment\n\na: b # comment\n# another\nc: d#e\nf: 'g' # h\n\n",
  "---\na: 1\n---\nb: 2\n...\n---\nc: 3\n",
  "%YAML 1.2\n---\na: 1\n",
  "--- text\n",
  "--- |\n a\n b\n",
  "plain text over\n  two lines\n",
  "a: one\n  two\n\n  three\nb: x\n",
  "a: http://example.com:80/x?y#z\nb: a:b\nc: -1\nd: - x\n".replace("d: - x\n", ""),
  "a: !!str 1\nb: !!str true\nc: !!int '7'\n",
  "? ".replace("? ", "") + "\"quoted key\": 1\n'other' : 2\nspaced key : 3\n",
  "a: 0o17\nb: 0x1f\nc: 1e3\nd: .5\ne: -.inf\nf: .NaN\ng: +1\n",
  "a:   \n  b:\n     c: 1\n  d: 2\n",
  "a: -\nb: -x\nc: ?x\nd: :x\ne: '-'\n".replace("a: -\n", ""),
  "\uFEFFa: 1\n",
  "a: 1\r\nb:\r\n  - x\r\n  - y\r\nc: |\r\n  t\r\n  u\r\n",
  "a: [a b, c d,]\nb: {a b: c d}\n",
  "a: [http://x:80, b:c]\n",
  "a: {http: //x}\nb: [x: y]\n",
  "a:\n    - b:\n        - c\n    - d\n",
  'a: \'\'\nb: ""\nc: "\\\\"\n',
  "&a b: c\nd: *a\n",
  "k: &anchor\n  x: 1\nl: *anchor\n",
  "k: &anchor\n- 1\nl: *anchor\n",
  "list:\n- &a x\n- *a\n",
  "a: yes\nb: on\nc: 12:30:45\nd: 1.2.3\ne: 2001-12-14\n",
  "a: 'x'\n\n\n\nb: y",
  'a: "#x"\nb: x #y\nc: x#y\n',
  "- |\n a\n- >\n b\n-\n c\n",
  "- - - a\n    - b\n  - c\n- d\n",
  "a: >\n\n  lead\n\n\n  two\n\ttab\n".replace("\ttab", "  tab"),
  "a: |\n  x\n # comment\nb: 1\n",
  "a: |\n\n  x\n\n   y\n",
  "a: >\n  x\n   y\n\n   z\n  w\n",
  "a: !x b\nc: !reset null\nd: !override\n  - 1\n"
    .replaceAll(/!(?:x|reset|override)/g, "!!str")
    .replace("d: !!str\n  - 1\n", ""),
  "é: ü\n日本: 語\n",
  "a: b: c\n".replace("b: c", "b:c"),
  "a:\n  - b: 1\n    c: 2\n\n  - b: 3\n",
  "a: &x\nb: 1\n",
  "a: x\n---\n---\nb: 1\n".replace("---\n---", "---"),
  "true: 2\n3: 4\n",
  'a:\n  "b": {"c":["d","e"]}\n',
  'command: ["sh", "-c", "echo \'a: b\' && exit 1"]\n',
  'test: ["CMD", "curl", "-f",\n       "http://localhost"]\n',
];

for (const text of ALIKE) {
  test(`reads as the reference reader does: ${JSON.stringify(text.slice(0, 50))}`, () => {
    expect(read(text)).toEqual(reference(text));
  });
}

test("reads back whatever the reference writer writes, in blocks and in brackets", () => {
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  const words = [
    "a",
    "b c",
    "",
    "1",
    "true",
    "null",
    "- x",
    "a: b",
    "#x",
    "x #y",
    "'",
    '"',
    "\n",
    "a\nb\n",
    "  lead",
    "tail ",
    "é",
    "~",
    "[",
    "{}",
    "*x",
    "&x",
    "!x",
    "%",
    "@",
    "`",
    "0440",
    "1e3",
    "a\n\n b",
    "long ".repeat(30),
    "\t",
    "\\",
  ];
  const make = (depth: number): unknown => {
    const kind = random(depth > 3 ? 4 : 7);
    if (kind < 3) return words[random(words.length)];
    if (kind === 3) return [1, -2.5, true, false, null][random(5)];
    if (kind < 5) return Array.from({ length: random(4) }, () => make(depth + 1));
    return Object.fromEntries(
      Array.from({ length: random(4) }, () => [words[random(words.length)] ?? "", make(depth + 1)]),
    );
  };
  for (let round = 0; round < 400; round++) {
    const value = { v: make(0) };
    for (const options of [{}, { collectionStyle: "flow" as const }, { indent: 4, indentSeq: false }]) {
      const text = stringify(value, options);
      expect({ text, value: read(text)[0] }).toEqual({ text, value });
    }
  }
});

test("what Go's reader adds: octal by a leading zero, grouped digits, binary", () => {
  expect(read("a: 0440\nb: 1_000\nc: 0b101\nd: 08\n")).toEqual([{ a: 288, b: 1000, c: 5, d: 8 }]);
});

test("keeps the place of every key and value, and the tags that are not YAML's own", () => {
  const text = "a:\n  - b: !reset null\n    c: x\n";
  const [root] = readYaml({ name: "x.yaml", text });
  const at = (node: Node | undefined): string =>
    node === undefined ? "" : Object.values(placeOf(node.origin)).join(":");
  const list = root?.kind === "dict" ? root.entries.get("a")?.value : undefined;
  const item = list?.kind === "list" ? list.items[0] : undefined;
  const entries = item?.kind === "dict" ? item.entries : new Map();
  expect([at(list), at(item), at(entries.get("b")?.value), at(entries.get("c")?.value)]).toEqual([
    "2:3",
    "2:5",
    "2:15",
    "3:8",
  ]);
  expect(entries.get("b")?.value.tag).toBe("!reset");
});

test("errors tell file, line, column and what is wrong", () => {
  const problems: readonly (readonly [string, string])[] = [
    ["a: 1\nb: 2\na: 3\n", 'x.yaml:3:1: the key "a" stands twice in one mapping: here and in line 1'],
    ["{a: 1, a: 2}", 'x.yaml:1:8: the key "a" stands twice in one mapping: here and in line 1'],
    ["a: b: c\n", "x.yaml:1:4: a mapping cannot begin here"],
    ["a:\n\tb: 1\n", "x.yaml:2:1: a tab in the indentation"],
    ["a: 'x\n", "x.yaml:1:4: this quote is never closed"],
    ["a: [1, 2\nb: 3\n", 'x.yaml:1:4: this bracket is never closed by "]"'],
    ["a: [1, [2] 3]", 'x.yaml:1:12: "," or "]" is missing before this'],
    ["a: [1, 2", 'x.yaml:1:4: this bracket is never closed by "]"'],
    ["a: *b\n", 'x.yaml:1:4: no value before this is marked "&b"'],
    ["a: 1\n  b: 2\n", "x.yaml:1:4: a mapping cannot begin here"],
    ["a:\n  b: 1\n c: 2\n", "x.yaml:3:2: this line is indented more than what it follows"],
    ["a: @x\n", 'x.yaml:1:4: a text cannot begin with "@"'],
    ['a: "\\q"\n', 'x.yaml:1:5: there is no escape "\\q"'],
    ["a: 1\ntext\n", 'x.yaml:2:1: a key with ":" is expected here'],
    ["a: - x\n", "x.yaml:1:4: a list begins on a line of its own"],
    ["a: [x] y\n", "x.yaml:1:8: this does not belong to the value before it"],
    ["a: {<<: 1}\n", "x.yaml:1:5: only mappings can be merged by <<"],
    [`a: ${"[".repeat(300)}`, "x.yaml:1:202: values lie more than 200 deep in each other"],
  ];
  expect(problems.map(([text]) => [text, problemOf(text)])).toEqual(problems.map(([text, problem]) => [text, problem]));
});

test("a bomb of aliases is refused before it is walked", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level++) {
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  }
  expect(problemOf(lines.join("\n"))).toContain("aliases repeat more than 100000 values");
});
