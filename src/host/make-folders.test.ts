import { expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolderAhead, makeFolders } from "./make-folders.ts";

function scratch(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "estiba-folders-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test("a folder that was begun ahead is there for who makes it next", async () => {
  using folder = scratch();
  const path = join(folder.path, "own");
  const ahead = makeFolderAhead(path, 0o700);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  await ahead;
  expect(statSync(path).mode & 0o7777).toBe(0o700);
});

test("what stands in the way of a folder ahead is left to who makes it next", async () => {
  using folder = scratch();
  await makeFolderAhead(join(folder.path, "missing", "own"), 0o700);
  expect(existsSync(join(folder.path, "missing"))).toBe(false);
});

test("every missing folder has the mode that was asked for", () => {
  using folder = scratch();
  makeFolders(join(folder.path, "a", "b"), 0o777);
  expect(["a", "a/b"].map((name) => statSync(join(folder.path, name)).mode & 0o7777)).toEqual([0o777, 0o777]);
});
