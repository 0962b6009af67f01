import { expect, test } from "bun:test";
import { ignoreRoot, ignoreState, mayKeepBelow, parseIgnoreFile } from "./ignore.ts";

const TREE = [
  "README.md",
  "a/b/c/3",
  "a/b/2",
  "a/1",
  "b",
  "t.md",
  "src/deep/z.md",
  "src/main.c",
  "src/node_modules/x",
  "src/y.md",
  "node_modules/m",
  ".env",
];

/** The files that are left, looked at as a walk does: below a folder that is left out only where something may come back. */
function kept(...lines: string[]): string[] {
  const rules = parseIgnoreFile(lines.join("\n"), ".dockerignore");
  return TREE.filter((file) => {
    const parts = file.split("/");
    let state = ignoreRoot(rules);
    for (let length = 1; length <= parts.length; length++) {
      const path = parts.slice(0, length).join("/");
      state = ignoreState(rules, path, state);
      if (length < parts.length && state.excluded && !mayKeepBelow(rules, path)) return false;
    }
    return !state.excluded;
  });
}

const without = (...gone: string[]): string[] => TREE.filter((file) => !gone.includes(file));

test.each([
  [["node_modules"], without("node_modules/m")],
  [["**/node_modules"], without("node_modules/m", "src/node_modules/x")],
  [["**/b"], without("a/b/c/3", "a/b/2", "b")],
  [["/a/"], without("a/b/c/3", "a/b/2", "a/1")],
  [["./x/../a"], without("a/b/c/3", "a/b/2", "a/1")],
  [["*.md"], without("README.md", "t.md")],
  [["a", "!a/b/c/3"], without("a/b/2", "a/1")],
  [["a/*", "!a/b"], without("a/1")],
  [
    ["*", "!src", "src/*.md"],
    ["src/deep/z.md", "src/main.c", "src/node_modules/x"],
  ],
  [
    ["**", "!**/*.md"],
    ["README.md", "t.md", "src/deep/z.md", "src/y.md"],
  ],
  [["*.md", "!README.md", "README*"], without("README.md", "t.md")],
  [["a/**/3"], without("a/b/c/3")],
  [["?"], without("a/b/c/3", "a/b/2", "a/1", "b")],
  [["[ab]"], without("a/b/c/3", "a/b/2", "a/1", "b")],
  [["[^ab]"], TREE],
  [[".*"], without(".env")],
  [["!a", "a"], without("a/b/c/3", "a/b/2", "a/1")],
  [["  b  ", "# a", "", "\uFEFF"], without("b")],
  [["{a,b}", "+(a)"], TREE],
])("%j", (lines, expected) => {
  expect(kept(...lines)).toEqual(expected);
});

test("what is wrong with a pattern is told with its line", () => {
  expect(() => parseIgnoreFile("a\n!\n", "f")).toThrow("f:2");
  expect(() => parseIgnoreFile("[a", "f")).toThrow("brackets");
});
