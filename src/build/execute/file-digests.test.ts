import { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { closeSync, mkdtempSync, openSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statFd } from "../../host/statx.ts";
import { FileDigests } from "./file-digests.ts";

const held = { folder: "" };
beforeEach(() => {
  held.folder = mkdtempSync(join(tmpdir(), "estiba-digests-"));
});
afterEach(() => rmSync(held.folder, { recursive: true }));

const later = (): number => Date.now() + 60_000;
const hexOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Looks once, and writes down what is new. */
function look(path: string, now: () => number = later): string {
  using digests = new FileDigests(held.folder, now);
  const fd = openSync(path, "r");
  try {
    const digest = digests.ofFile(fd, statFd(fd));
    digests.flush();
    return Buffer.from(digest).toString("hex");
  } finally {
    closeSync(fd);
  }
}

/** What is kept becomes something that no file has: whoever gets it has not read. */
function spoil(): void {
  using database = new Database(join(held.folder, "digests.db"));
  database.run("UPDATE file SET digest = x'00'");
}

test("a file that stays as it is is read once", () => {
  const path = join(held.folder, "f");
  writeFileSync(path, "one");
  expect(look(path)).toBe(hexOf("one"));
  spoil();
  expect(look(path)).toBe("00");
});

test("other content of the same size is seen, although the time was set back", () => {
  const path = join(held.folder, "f");
  writeFileSync(path, "one");
  utimesSync(path, 1000, 1000);
  expect(look(path)).toBe(hexOf("one"));
  writeFileSync(path, "two");
  utimesSync(path, 1000, 1000);
  expect(look(path)).toBe(hexOf("two"));
});

test("what has just been written is read again", () => {
  const path = join(held.folder, "f");
  writeFileSync(path, "one");
  expect(look(path, Date.now)).toBe(hexOf("one"));
  spoil();
  expect(look(path, Date.now)).toBe(hexOf("one"));
});

test("a damaged store is made anew", () => {
  const path = join(held.folder, "f");
  writeFileSync(path, "one");
  writeFileSync(join(held.folder, "digests.db"), "no database at all\n".repeat(500));
  expect(look(path)).toBe(hexOf("one"));
  spoil();
  expect(look(path)).toBe("00");
});

test("a tree is known by what is done with it", () => {
  using digests = new FileDigests(held.folder);
  expect(digests.ofTree(["chain", { sources: ["a"] }])).toBeUndefined();
  digests.keepTree(["chain", { sources: ["a"] }], "digest");
  digests.flush();
  expect(digests.ofTree(["chain", { sources: ["a"] }])).toBe("digest");
  expect(digests.ofTree(["chain", { sources: ["b"] }])).toBeUndefined();
});
