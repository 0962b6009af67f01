import { expect, test } from "bun:test";
import { excerptOf } from "./excerpt.ts";

test("the failing lines are marked, with two around them; the end of the file is no line", () => {
  const source = { name: "Containerfile", text: "FROM a\nENV B=1\nENV C=1\nRUN one \\\n  two\nCMD x\n" };
  expect(excerptOf(source, { line: 4, endLine: 5 })).toBe(
    [
      "Containerfile:4",
      "  2 |     ENV B=1",
      "  3 |     ENV C=1",
      "  4 | >>> RUN one \\",
      "  5 | >>>   two",
      "  6 |     CMD x",
    ].join("\n"),
  );
});
