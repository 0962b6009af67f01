import { expect, test } from "bun:test";
import { closeSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLogFiles } from "./files.ts";
import { moveAside } from "./rotate.ts";

/** A folder with files of these names, each with its name in it. */
function folderWith(...names: readonly string[]): Disposable & { path: string; files: () => Record<string, string> } {
  const folder = mkdtempSync(join(tmpdir(), "estiba-rotate-"));
  for (const name of names) writeFileSync(join(folder, name), name);
  return {
    path: join(folder, "log"),
    files: () =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")])),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test("a full file is moved aside, the others age, and the oldest goes", () => {
  using folder = folderWith("log", "log.1", "log.2");
  moveAside(folder.path, 3);
  expect(folder.files()).toEqual({ "log.1": "log", "log.2": "log.1" });
});

test("where a rotation was cut off, the next one takes the free name and lets nothing go", () => {
  using folder = folderWith("log", "log.2", "log.3");
  moveAside(folder.path, 4);
  expect(folder.files()).toEqual({ "log.1": "log", "log.2": "log.2", "log.3": "log.3" });
  using begun = folderWith("log.1", "log.2");
  moveAside(begun.path, 4);
  expect(Object.keys(begun.files())).not.toContain("log");
  expect(Object.values(begun.files()).toSorted()).toEqual(["log.1", "log.2"]);
});

test("the files of a log are opened oldest first, and after a known one only younger ones", () => {
  using folder = folderWith("log", "log.1", "log.3");
  const read = (after?: number): { texts: string[]; inodes: number[] } => {
    const files = openLogFiles(folder.path, 4, after);
    const texts = files.map(({ fd }) => readFileSync(fd, "utf8"));
    for (const { fd } of files) closeSync(fd);
    return { texts, inodes: files.map(({ inode }) => inode) };
  };
  const { texts, inodes } = read();
  expect(texts).toEqual(["log.3", "log.1", "log"]);
  expect(read(inodes[0]).texts).toEqual(["log.1", "log"]);
  expect(read(inodes[2]).texts).toEqual([]);
  expect(existsSync(folder.path)).toBe(true);
});
