import { expect, test } from "bun:test";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  bindMount,
  isMountPoint,
  listMountPoints,
  MS,
  mountFileSystem,
  mountOverlayClassic,
  setPropagation,
  unmount,
} from "../../src/host/mount.ts";
import { openRoot } from "../../src/host/openat.ts";
import { statPath } from "../../src/host/statx.ts";
import { isEstibaError } from "../../src/lib/error.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { applyLayer } from "../../src/storage/layer-store.ts";
import { removeTree } from "../../src/storage/remove-tree.ts";
import {
  mountSnapshot,
  prepareSnapshot,
  removeSnapshot,
  snapshotPaths,
  unmountSnapshot,
} from "../../src/storage/snapshot.ts";
import { copyUp, listVolumeFolders, removeVolumeFolder, volumeFolder } from "../../src/storage/volume.ts";
import { LayerRoot } from "../fixtures/layer-root.ts";
import { archive } from "../fixtures/make-tar.ts";
import { listTree } from "../fixtures/tree-listing.ts";

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isEstibaError(error)) return error.code;
    throw error;
  }
  return "no error";
}

test("a snapshot shows its layers merged, keeps what is written, and is gone after its removal", async () => {
  using root = new LayerRoot();
  await root.apply(
    archive({ name: "./", type: "5", mode: 0o711, uid: 3 }, { name: "a", data: "1" }, { name: "d/old", data: "2" }),
  );
  await root.apply(
    archive({ name: ".wh.a" }, { name: "b", data: "3" }, { name: "d/.wh..wh..opq" }, { name: "d/new", data: "4" }),
  );
  const lowers = root.lowers().map((name) => name.split("/").at(-1) ?? "");
  const snapshot = prepareSnapshot(root.root, "c1");
  const merged = mountSnapshot(snapshot, { lowers });
  expect(readdirSync(merged).toSorted()).toEqual(["b", "d"]);
  expect(readdirSync(join(merged, "d"))).toEqual(["new"]);
  expect([statSync(merged).mode & 0o7777, statSync(merged).uid]).toEqual([0o711, 3]);
  writeFileSync(join(merged, "mine"), "5");
  expect(mountSnapshot(snapshot, { lowers })).toBe(merged);
  expect(unmountSnapshot(root.root, "c1")).toBe(true);
  expect(unmountSnapshot(root.root, "c1")).toBe(false);
  expect(isMountPoint(merged)).toBe(false);
  mountSnapshot(prepareSnapshot(root.root, "c1"), { lowers });
  expect(readFileSync(join(merged, "mine"), "utf8")).toBe("5");
  expect(removeSnapshot(root.root, "c1")).toBe(true);
  expect(existsSync(snapshot.folder)).toBe(false);
  expect(removeSnapshot(root.root, "c1")).toBe(false);
});

test("a volatile snapshot can be mounted again, after an orderly end and after none", () => {
  using root = new LayerRoot();
  const snapshot = prepareSnapshot(root.root, "c1");
  for (let round = 0; round < 3; round++) {
    const merged = mountSnapshot(snapshot, { lowers: [], volatile: true });
    writeFileSync(join(merged, `f${round}`), "x");
    expect(readdirSync(merged)).toHaveLength(round + 1);
    unmountSnapshot(root.root, "c1");
    if (round === 1) mkdirSync(join(snapshot.work, "work/incompat/volatile"), { recursive: true });
  }
  removeSnapshot(root.root, "c1");
});

test("an overlay of 200 layers is mounted, by the older call too", async () => {
  using root = new LayerRoot();
  const lowers = Array.from({ length: 200 }, (_, index) => {
    const path = join(root.paths.layers, `layer,${index}:x`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `f${index}`), "x");
    return path;
  });
  const snapshot = prepareSnapshot(root.root, "c1");
  expect(readdirSync(mountSnapshot(snapshot, { lowers }))).toHaveLength(200);
  unmountSnapshot(root.root, "c1");
  const { merged, upper, work } = snapshot;
  mountOverlayClassic({ target: merged, lowers, upper, work, options: ["index=off"] });
  expect(readdirSync(merged)).toHaveLength(200);
  unmountSnapshot(root.root, "c1");
  const many = [...lowers, ...lowers];
  expect(codeOf(() => mountOverlayClassic({ target: merged, lowers: many, upper, work, options: [] }))).toBe(
    "unsupported",
  );
  expect(codeOf(() => mountSnapshot(snapshot, { lowers: ["gone"] }))).toBe("not_found");
});

test("on a full disk a layer is refused whole, and what is there can be removed", async () => {
  using root = new LayerRoot();
  const small = join(root.folder, "small");
  mkdirSync(small);
  mountFileSystem({ type: "tmpfs", source: "tmpfs", target: small, data: "size=1m" });
  try {
    const blob = archive(
      ...Array.from({ length: 30 }, (_, index) => ({ name: `f${index}`, data: "x".repeat(100_000) })),
    );
    const diffId = digestOf(blob);
    const context = { paths: { layers: join(small, "layers") }, store: root.store };
    const source = new Blob([new Uint8Array(blob)]).stream();
    const signal = new AbortController().signal;
    const applied = applyLayer(context, { diffId, chainId: diffId, parents: [], source, signal });
    const failure = await applied.then(
      () => "no error",
      (error: unknown) => (isEstibaError(error) ? error.code : String(error)),
    );
    expect([failure, readdirSync(context.paths.layers)]).toEqual(["exhausted", []]);
    prepareSnapshot(small, "c1");
    expect(() => writeFileSync(join(small, "fill"), Buffer.alloc(2 * 1024 ** 2))).toThrow("ENOSPC");
    expect(removeSnapshot(small, "c1")).toBe(true);
  } finally {
    unmount(small);
  }
});

test("keys and volume names that are paths are refused", () => {
  for (const name of ["", ".", "..", "a/b", "../x", "-x", "a\0b", "x".repeat(300)]) {
    expect(codeOf(() => snapshotPaths("/nonexistent", name))).toBe("invalid");
    expect(codeOf(() => volumeFolder("/nonexistent", name))).toBe("invalid");
    expect(codeOf(() => removeVolumeFolder("/nonexistent", name))).toBe("invalid");
  }
});

test("a bind mount can be read-only, nothing is deleted through it, and unmounting what is none says so", () => {
  using root = new LayerRoot();
  const [source, holder] = [join(root.folder, "source"), join(root.folder, "holder")];
  const target = join(holder, "target");
  mkdirSync(source);
  mkdirSync(target, { recursive: true });
  writeFileSync(join(source, "f"), "x");
  bindMount(source, target, { readOnly: true, recursive: true });
  try {
    expect(readFileSync(join(target, "f"), "utf8")).toBe("x");
    expect(() => writeFileSync(join(target, "f"), "y")).toThrow("EROFS");
    setPropagation(target, MS.PRIVATE | MS.REC);
    expect(listMountPoints()).toContain(target);
    expect(codeOf(() => removeTree(target))).toBe("in_use");
    expect(codeOf(() => removeTree(holder))).toBe("in_use");
    expect(readFileSync(join(source, "f"), "utf8")).toBe("x");
  } finally {
    expect(unmount(target)).toBe(true);
  }
  expect(unmount(target)).toBe(false);
  expect(unmount(join(root.folder, "nothing"))).toBe(false);
});

test("trees of any depth, mode and mark are deleted, and no link is followed", () => {
  using root = new LayerRoot();
  const tree = join(root.folder, "tree");
  // Deeper than a path can say, with immutable files on the way.
  const script = `
import os, subprocess, sys
os.makedirs(sys.argv[1]); os.chdir(sys.argv[1])
for i in range(300):
    os.mkdir("n" * 100); os.chdir("n" * 100); open("f", "w").close()
    if i % 100 == 0: os.symlink(sys.argv[2], "link"); subprocess.run(["chattr", "+i", "f"]); os.chmod(".", 0)
subprocess.run(["chattr", "+a", "."])
`;
  const outside = join(root.folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "canary"), "alive");
  const made = Bun.spawnSync(["python3", "-c", script, tree, outside]);
  expect(made.exitCode).toBe(0);
  expect(removeTree(tree)).toBe(true);
  expect(existsSync(tree)).toBe(false);
  expect(removeTree(tree)).toBe(false);
  symlinkSync(outside, tree);
  expect(removeTree(tree)).toBe(true);
  expect(readFileSync(join(outside, "canary"), "utf8")).toBe("alive");
});

test("a tree that several delete at once is gone, and none of them fails", async () => {
  using root = new LayerRoot();
  const program = join(import.meta.dir, "../../src/storage/remove-tree.ts");
  for (let round = 0; round < 3; round++) {
    const tree = join(root.folder, "tree");
    for (let folder = 0; folder < 400; folder++) {
      mkdirSync(join(tree, `${folder % 20}`, `${folder}`, "deep"), { recursive: true });
      writeFileSync(join(tree, `${folder % 20}`, `${folder}`, "file"), "");
    }
    const script = `import { removeTree } from ${JSON.stringify(program)}; removeTree(${JSON.stringify(tree)});`;
    const removers = Array.from({ length: 4 }, () => Bun.spawn([process.execPath, "-e", script], { stderr: "pipe" }));
    const said = await Promise.all(removers.map(async ({ stderr }) => await new Response(stderr).text()));
    expect(said).toEqual(["", "", "", ""]);
    expect(existsSync(tree)).toBe(false);
  }
});

test("an empty volume gets what the image has at its mount target, once", async () => {
  using root = new LayerRoot();
  const layer = await root.apply(
    archive(
      { name: "data/", type: "5", mode: 0o1770, uid: 7, gid: 8, mtime: 5 },
      { name: "data/sub/", type: "5", mode: 0o700, uid: 9, mtime: 6 },
      { name: "data/sub/file", data: "content", mode: 0o4711, uid: 9, mtime: 7 },
      { name: "data/twin", type: "1", link: "data/sub/file" },
      { name: "data/out", type: "2", link: "/etc/passwd" },
      { name: "data/null", type: "3", major: 1, minor: 3 },
      { name: "link", type: "2", link: "/../../data" },
    ),
  );
  const rootFd = openRoot(layer);
  const data = volumeFolder(root.root, "v1");
  try {
    expect(copyUp(rootFd, "/link", data)).toBe("copied");
    expect(listTree(data)).toEqual(listTree(join(layer, "data")));
    expect(readlinkSync(join(data, "out"))).toBe("/etc/passwd");
    writeFileSync(join(data, "sub/file"), "changed");
    expect(copyUp(rootFd, "data", data)).toBe("not empty");
    expect(readFileSync(join(data, "sub/file"), "utf8")).toBe("changed");
    // A copy that was complete, and a container that has made files meanwhile.
    const copied = join(root.root, "volumes/v1/copied");
    mkdirSync(join(copied, "sub"), { recursive: true });
    writeFileSync(join(copied, "late"), "image");
    expect(copyUp(rootFd, "data", data)).toBe("not empty");
    expect(readFileSync(join(data, "sub/file"), "utf8")).toBe("changed");
    expect(readFileSync(join(data, "late"), "utf8")).toBe("image");
    const other = volumeFolder(root.root, "v2");
    for (const path of ["nothing", "data/sub/file", "data/out"]) expect(copyUp(rootFd, path, other)).toBe("no folder");
    expect([readdirSync(other), statPath(other)?.mode]).toEqual([[], 0o040755]);
    expect(lstatSync(join(root.root, "volumes/v2")).mode & 0o777).toBe(0o700);
  } finally {
    closeSync(rootFd);
  }
  expect(listVolumeFolders(root.root)).toEqual(["v1", "v2"]);
  expect(readdirSync(join(root.root, "volumes/v1"))).toEqual(["_data"]);
  expect(removeVolumeFolder(root.root, "v1")).toBe(true);
  expect(removeVolumeFolder(root.root, "v1")).toBe(false);
});
