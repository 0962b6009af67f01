import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { statPath } from "../../src/host/statx.ts";
import { listXattrs } from "../../src/host/xattr.ts";
import { listLayers } from "../../src/state/layers.ts";
import { LayerRoot } from "../fixtures/layer-root.ts";
import { archive, pax, type RawEntry } from "../fixtures/make-tar.ts";
import { listTree } from "../fixtures/tree-listing.ts";

const HOSTILE: Record<string, (RawEntry | Uint8Array)[]> = {
  "a name with dots": [{ name: "../canary", data: "evil" }],
  "dots inside": [{ name: "a/../../canary", data: "evil" }],
  "a pax path with dots": [pax([["path", "x/../../../canary"]]), { name: "ok", data: "evil" }],
  "a relative link out": [
    { name: "l", type: "2", link: "../../.." },
    { name: "l/canary", data: "evil" },
  ],
  "an absolute link out": [
    { name: "l", type: "2", link: "OUTSIDE" },
    { name: "l/canary", data: "evil" },
  ],
  "a link to a link out": [
    { name: "a", type: "2", link: "OUTSIDE" },
    { name: "b", type: "2", link: "a" },
    { name: "b/canary", data: "evil" },
  ],
  "a folder turned into a link": [
    { name: "d/", type: "5" },
    { name: "d/x", data: "1" },
    { name: "d", type: "2", link: "OUTSIDE" },
    { name: "d/canary", data: "evil" },
  ],
  "a hard link out": [
    { name: "h", type: "1", link: "../../canary" },
    { name: "h", data: "evil" },
  ],
  "a hard link through a link": [
    { name: "l", type: "2", link: "OUTSIDE" },
    { name: "h", type: "1", link: "l/canary" },
    { name: "h", data: "evil" },
  ],
  "a hard link to a link, then written": [
    { name: "l", type: "2", link: "OUTSIDE/canary" },
    { name: "h", type: "1", link: "l" },
    { name: "h", data: "evil" },
  ],
  "a file over a link": [
    { name: "l", type: "2", link: "OUTSIDE/canary" },
    { name: "l", data: "evil" },
  ],
  "a mode through a link": [
    { name: "l", type: "2", link: "OUTSIDE" },
    { name: "l/", type: "5", mode: 0o777, uid: 9 },
  ],
  "a mode of the parent": [{ name: "..", type: "5", mode: 0o777 }],
  "a whiteout of the parent": [{ name: ".wh..." }],
  "a whiteout of the folder": [{ name: "d/.wh.." }],
  "a whiteout through a link": [{ name: "l", type: "2", link: "OUTSIDE" }, { name: "l/.wh.canary" }],
  "an opaque mark through a link": [{ name: "l", type: "2", link: "OUTSIDE" }, { name: "l/.wh..wh..opq" }],
  "a link of /proc": [
    { name: "l", type: "2", link: "/proc/self/root" },
    { name: "l/canary", data: "evil" },
  ],
  "overlay's own mark": [pax([["SCHILY.xattr.trusted.overlay.redirect", "/outside"]]), { name: "d/", type: "5" }],
  "a root that is a link": [{ name: "./", type: "2", link: "OUTSIDE" }],
  "a root that is a file": [{ name: "/", data: "evil" }],
  "something below a file": [
    { name: "f", data: "1" },
    { name: "f/x", data: "2" },
  ],
  "something below a dangling link": [
    { name: "l", type: "2", link: "nowhere" },
    { name: "l/x", data: "2" },
  ],
  "a link to itself": [
    { name: "l", type: "2", link: "l" },
    { name: "l/x", data: "2" },
  ],
  "a link to nothing": [{ name: "l", type: "2", link: "" }],
  "a name that is too long": [pax([["path", "n".repeat(256)]]), { name: "x" }],
  "a file larger than the file system takes": [
    pax([
      ["GNU.sparse.size", "9007199254740991"],
      ["GNU.sparse.map", "0,4"],
    ]),
    { name: "s", data: "evil" },
  ],
  "a link target of a whole archive's length": [pax([["linkpath", "x".repeat(4097)]]), { name: "l", type: "2" }],
};

test("hostile archives leave what is outside untouched, and nothing behind when they are refused", async () => {
  const outcomes: Record<string, string> = {};
  for (const [title, entries] of Object.entries(HOSTILE)) {
    using root = new LayerRoot();
    const outside = join(root.folder, "outside");
    mkdirSync(outside, { mode: 0o700 });
    for (const path of [join(outside, "canary"), join(root.folder, "canary"), join(root.root, "canary")])
      writeFileSync(path, "alive");
    const before = listTree(outside);
    const targeted = entries.map((one) =>
      one instanceof Uint8Array
        ? one
        : { ...one, ...(one.link === undefined ? {} : { link: one.link.replace("OUTSIDE", outside) }) },
    );
    outcomes[title] = (await root.refusal(archive(...targeted))).split(":")[0] ?? "";
    expect([title, listTree(outside)]).toEqual([title, before]);
    for (const path of [join(root.folder, "canary"), join(root.root, "canary")])
      expect(readFileSync(path, "utf8")).toBe("alive");
    if (outcomes[title] !== "accepted") {
      expect([title, readdirSync(root.paths.layers), listLayers(root.store)]).toEqual([title, [], []]);
    }
    for (const folder of readdirSync(root.paths.layers)) {
      const path = join(root.paths.layers, folder, "d");
      if (statPath(path) !== undefined) expect(listXattrs({ path })).toEqual([]);
    }
  }
  const accepted = Object.keys(outcomes).filter((title) => outcomes[title] === "accepted");
  expect(accepted.toSorted()).toEqual([
    "a file over a link",
    "a hard link through a link",
    "a hard link to a link, then written",
    "a mode through a link",
    "a relative link out",
    "overlay's own mark",
  ]);
  expect(new Set(Object.values(outcomes))).toEqual(new Set(["accepted", "invalid"]));
});
