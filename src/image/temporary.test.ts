import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { announceArrival, listTemporaries } from "./temporary.ts";

const made = { folder: "" };
const DEAD = "arrival-1.1-x";

beforeEach(() => {
  made.folder = mkdtempSync(join(tmpdir(), "estiba-temporary-"));
  writeFileSync(join(made.folder, DEAD), "");
});
afterEach(() => rmSync(made.folder, { recursive: true, force: true }));

test("what a live process has announced is told from what a dead one has left", () => {
  const folders = { blobs: "", temporary: made.folder };
  using _ = announceArrival(folders);
  const found = listTemporaries(folders).map(({ path, alive }) => [path.endsWith(DEAD), alive]);
  expect(found).toHaveLength(2);
  expect(found).toContainEqual([true, false]);
  expect(found).toContainEqual([false, true]);
});

test("what is taken away while one looks was not left by anybody", () => {
  const looks = { count: 0 };
  const folders = {
    blobs: "",
    // Asked for once to read the folder, then for each file in it.
    get temporary(): string {
      if (looks.count++ > 0) rmSync(join(made.folder, DEAD), { force: true });
      return made.folder;
    },
  };
  expect(listTemporaries(folders)).toEqual([]);
});
