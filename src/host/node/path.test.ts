import { expect, test } from "bun:test";
import * as node from "node:path";
import * as quick from "./path.ts";

const PARTS = ["", "/", "//", ".", "..", "a", "b c", ".hidden", "x.y", "...", "é"];

/** Every path of up to four of the parts, with slashes between some. */
function paths(): string[] {
  const two = PARTS.flatMap((first) => PARTS.flatMap((second) => [`${first}${second}`, `${first}/${second}`]));
  const four = two.flatMap((first) => two.filter((_, index) => index % 7 === 0).map((second) => `${first}/${second}`));
  return [...new Set([...two, ...four])];
}

test("each call gives what node:path gives, for thousands of paths", () => {
  const all = paths();
  expect(all.length).toBeGreaterThan(1000);
  for (const path of all) {
    const { normalize, dirname, basename, isAbsolute, extname } = node;
    expect({ path, normal: quick.normalize(path) }).toEqual({ path, normal: normalize(path) });
    expect({ path, above: quick.dirname(path) }).toEqual({ path, above: dirname(path) });
    expect({ path, name: quick.basename(path) }).toEqual({ path, name: basename(path) });
    expect([path, quick.isAbsolute(path), quick.extname(path)]).toEqual([path, isAbsolute(path), extname(path)]);
    for (const other of PARTS) {
      expect({ path, other, joined: quick.join(path, other) }).toEqual({ path, other, joined: node.join(path, other) });
      expect({ path, other, at: quick.resolve(path, other) }).toEqual({ path, other, at: node.resolve(path, other) });
    }
  }
  expect([quick.join(), quick.resolve(), quick.basename("a.txt", ".txt")]).toEqual([".", process.cwd(), "a"]);
  expect(quick.posix.relative("/a/b", "/a/c")).toBe("../c");
});

test("when node:path is there, the calls are its own", async () => {
  const again = "./path.ts?again";
  const fresh = (await import(again)) as typeof quick;
  fresh.useNodePath();
  expect(fresh.join).toBe(node.join);
});
