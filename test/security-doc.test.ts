import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

test("each test that docs/security.md names for a hole is there", () => {
  const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
  const named = [...page.matchAll(/\| \[[^\]]+\]\(\.\.\/(test\/[^)]+)\): (.+?) \|$/gm)];
  expect(named.length).toBeGreaterThan(40);
  const missing = named.filter(([, file = "", title = ""]) => !readFileSync(join(ROOT, file), "utf8").includes(title));
  expect(missing.map(([row]) => row)).toEqual([]);
});
