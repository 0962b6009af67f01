import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { statPath } from "../../src/host/statx.ts";
import { getXattr, trySetXattr } from "../../src/host/xattr.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { findLayer, listLayers } from "../../src/state/layers.ts";
import { forgetLayers, listStrayLayers, removeStrayLayers } from "../../src/storage/layer-store.ts";
import { LayerRoot } from "../fixtures/layer-root.ts";
import { archive, pax, type RawEntry } from "../fixtures/make-tar.ts";
import { listTree } from "../fixtures/tree-listing.ts";

function run(...command: string[]): void {
  const result = Bun.spawnSync(command, { stdout: "ignore", stderr: "pipe" });
  if (result.exitCode !== 0) throw new Error(`${command.join(" ")}: ${result.stderr.toString()}`);
}

function text(...path: string[]): string {
  return readFileSync(join(...path), "utf8");
}

/** A small generator of numbers, the same for one seed (mulberry32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Makes a tree of all kinds of files with names, modes, owners and times that are awkward. */
function makeRandomTree(root: string, random: (below: number) => number): void {
  mkdirSync(root);
  const folders = [root];
  const files: string[] = [];
  const names = [
    "a",
    "été",
    "with space",
    "new\nline",
    "-dash",
    "x".repeat(120),
    "back\\slash",
    "*",
    "n".repeat(255),
    "日本",
  ];
  for (let index = 0; index < 60; index++) {
    const path = join(folders[random(folders.length)] ?? root, `${names[random(names.length)]}`.slice(0, 250) + index);
    const kind = random(12);
    if (kind < 3) {
      mkdirSync(path);
      folders.push(path);
    } else if (kind < 7) {
      writeFileSync(path, "content ".repeat(random(3000)));
      files.push(path);
    } else if (kind === 7) symlinkSync(["a", "/etc/passwd", "../..", "t".repeat(300)][random(4)] ?? "a", path);
    else if (kind === 8 && files.length > 0) linkSync(files[random(files.length)] ?? "", path);
    else if (kind === 9) run("mkfifo", path);
    else if (kind === 10)
      run("mknod", path, random(2) === 0 ? "c" : "b", `${random(4000) + 1}`, `${random(1_000_000)}`);
    else {
      writeFileSync(path, "start");
      truncateSync(path, 300_000 + random(500_000));
      writeFileSync(path, "end", { flag: "a" });
      files.push(path);
    }
  }
  for (const path of [...files, ...folders].toReversed()) decorate(path, random);
}

function decorate(path: string, random: (below: number) => number): void {
  if (random(2) === 0) chownSync(path, random(70_000), random(4_000_000_000));
  chmodSync(path, [0o644, 0o4755, 0o2755, 0o1777, 0o000, 0o600][random(6)] ?? 0o644);
  if (random(3) === 0) trySetXattr({ path }, "user.note", Buffer.from(`value \0 ${random(99)}\n`));
  if (random(4) === 0 && statSync(path).isFile()) {
    // cap_net_raw=ep, in the form of the kernel's struct vfs_cap_data, revision 2.
    trySetXattr({ path }, "security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex"));
  }
  run("touch", "-h", "-d", `@${random(2_000_000_000)}.${`${random(1_000_000_000)}`.padStart(9, "0")}`, path);
}

test("random trees packed by GNU tar come out as tar itself unpacks them, in every format", async () => {
  for (const [seed, format] of [
    ["pax"],
    ["gnu"],
    ["posix", "--sparse-version=0.0"],
    ["pax", "--sparse-version=0.1"],
  ].entries()) {
    using root = new LayerRoot();
    const source = join(root.folder, "source");
    makeRandomTree(source, seeded(seed + 1));
    const tar = join(root.folder, "tree.tar");
    const xattrs = format[0] === "gnu" ? [] : ["--xattrs", "--xattrs-include=*"];
    run("tar", "-C", source, "--sparse", `--format=${format[0]}`, ...format.slice(1), ...xattrs, "-cf", tar, ".");
    const oracle = join(root.folder, "oracle");
    mkdirSync(oracle);
    run("tar", "-C", oracle, "--same-owner", "--numeric-owner", "-p", ...xattrs, "-xf", tar);
    const layer = await root.apply(readFileSync(tar));
    expect(listTree(layer)).toEqual(listTree(oracle));
  }
});

test("gzip of several members, zstd of several frames and a plain archive give the same layer", async () => {
  const plain = archive({ name: "f", data: "x".repeat(100_000) }, { name: "g", data: "y" });
  const half = Math.floor(plain.length / 2);
  const parts = [plain.subarray(0, half), plain.subarray(half)];
  const blobs = [
    plain,
    Buffer.concat(parts.map((part) => gzipSync(part))),
    Buffer.concat(parts.map((part) => zstdCompressSync(part))),
  ];
  for (const blob of blobs) {
    using root = new LayerRoot();
    const layer = await root.apply(blob, { plain });
    expect(statSync(join(layer, "f")).size).toBe(100_000);
    expect(text(layer, "g")).toBe("y");
  }
});

test("whiteouts and opaque folders hide what lies below, and only that", async () => {
  using root = new LayerRoot();
  await root.apply(
    archive({ name: "etc/", type: "5" }, { name: "etc/old", data: "1" }, { name: "opt/a/b", data: "2" }),
  );
  const top = await root.apply(
    archive(
      { name: "etc/.wh.old" },
      { name: "etc/.wh.never" },
      { name: "opt/a/new", data: "3" },
      { name: "opt/a/.wh..wh..opq" },
      { name: ".wh..wh.plnk/1.2", data: "aufs" },
    ),
  );
  const whiteout = statPath(join(top, "etc/old"));
  expect([whiteout?.mode, whiteout?.device]).toEqual([0o020000, { major: 0, minor: 0 }]);
  expect(readdirSync(join(top, "etc"))).toEqual(["old"]);
  expect(Buffer.from(getXattr({ path: join(top, "opt/a") }, "trusted.overlay.opaque") ?? "").toString()).toBe("y");
  expect(readdirSync(top).toSorted()).toEqual(["etc", "opt"]);
});

test("a name that a layer hides and makes anew hides all below it, in whatever order it says so", async () => {
  const lower = archive({ name: "d/", type: "5" }, { name: "d/below", data: "1" });
  const orders: RawEntry[][] = [
    [{ name: ".wh.d" }, { name: "d/", type: "5" }],
    [{ name: "d/", type: "5" }, { name: ".wh.d" }],
    [{ name: ".wh.d" }, { name: "d/inside", data: "2" }],
    [
      { name: "d", type: "3" },
      { name: "d/", type: "5" },
    ],
  ];
  for (const order of orders) {
    using root = new LayerRoot();
    await root.apply(lower);
    const top = await root.apply(archive(...order));
    expect(lstatSync(join(top, "d")).isDirectory()).toBe(true);
    expect(Buffer.from(getXattr({ path: join(top, "d") }, "trusted.overlay.opaque") ?? "").toString()).toBe("y");
  }
});

test("a folder that a layer does not list is like the one below it, else root's", async () => {
  using root = new LayerRoot();
  await root.apply(
    archive(
      { name: "./", type: "5", mode: 0o711, uid: 5 },
      { name: "srv/", type: "5", mode: 0o1770, uid: 7, gid: 8, mtime: 99 },
    ),
  );
  const top = await root.apply(archive({ name: "srv/data/file", data: "x" }, { name: "new/deep/file", data: "y" }));
  const srv = statPath(join(top, "srv"));
  expect([srv?.mode, srv?.uid, srv?.gid, srv?.modified.seconds]).toEqual([0o041770, 7, 8, 99]);
  expect([statPath(top)?.mode, statPath(top)?.uid]).toEqual([0o040711, 5]);
  expect(statPath(join(top, "new/deep"))?.mode).toBe(0o040755);
  // A link below is no folder: the layer gets one of its own.
  await root.apply(archive({ name: "lib", type: "2", link: "/usr/lib" }));
  const third = await root.apply(archive({ name: "lib/file", data: "z" }));
  expect(lstatSync(join(third, "lib")).isDirectory()).toBe(true);
});

test("a hard link to a file of a lower layer copies that file up with all it has", async () => {
  using root = new LayerRoot();
  await root.apply(
    archive(pax([["SCHILY.xattr.user.a", "b"]]), { name: "bin/tool", mode: 0o4755, uid: 3, mtime: 7, data: "program" }),
  );
  const top = await root.apply(
    archive({ name: "sbin/tool", type: "1", link: "/bin/tool" }, { name: "sbin/again", type: "1", link: "sbin/tool" }),
  );
  const [first, second, origin] = ["sbin/tool", "sbin/again", "bin/tool"].map((name) => statPath(join(top, name)));
  expect(first?.identity).toBe(origin?.identity ?? "");
  expect(second?.identity).toBe(origin?.identity ?? "");
  expect([first?.mode, first?.uid, first?.modified.seconds]).toEqual([0o104755, 3, 7]);
  expect(Buffer.from(getXattr({ path: join(top, "sbin/tool") }, "user.a") ?? "").toString()).toBe("b");
  expect(await root.refusal(archive({ name: "x", type: "1", link: "nowhere" }))).toStartWith("invalid");
  expect(await root.refusal(archive({ name: "x", type: "1", link: "bin" }))).toStartWith("invalid");
});

test("the umask changes nothing, and a later entry of a name replaces the earlier one", async () => {
  using root = new LayerRoot();
  const umask = process.umask(0o777);
  try {
    const layer = await root.apply(
      archive(
        { name: "d/", type: "5", mode: 0o777 },
        { name: "d/f", data: "first" },
        { name: "d/g", type: "1", link: "d/f" },
        { name: "d/f", data: "second", mode: 0o666 },
        { name: "e/deep/file", data: "gone" },
        { name: "e", type: "2", link: "d" },
        { name: "e/h", data: "through the link" },
        { name: "e/sub/", type: "5", mode: 0o700 },
      ),
    );
    expect([text(layer, "d/f"), text(layer, "d/g"), text(layer, "d/h")]).toEqual([
      "second",
      "first",
      "through the link",
    ]);
    expect(statPath(join(layer, "d/f"))?.mode).toBe(0o100666);
    expect(statPath(join(layer, "d"))?.mode).toBe(0o040777);
    expect(statPath(join(layer, "d/sub"))?.mode).toBe(0o040700);
  } finally {
    process.umask(umask);
  }
});

test("names are bytes: what is not UTF-8 stays as it is", async () => {
  using root = new LayerRoot();
  const layer = await root.apply(archive({ name: "\xff\xfe/\x80", data: "x" }, { name: "l", type: "2", link: "\xff" }));
  const names = readdirSync(layer, { encoding: "buffer" }).map((name) => name.toString("latin1"));
  expect(names.toSorted()).toEqual(["l", "\xff\xfe"]);
  expect(readlinkSync(join(layer, "l"), "buffer").toString("latin1")).toBe("\xff");
});

test("damage, a wrong diffId and a limit leave no layer", async () => {
  using root = new LayerRoot();
  const plain = archive({ name: "f", data: "x".repeat(5000) });
  const packed = gzipSync(plain);
  const flipped = Buffer.from(packed);
  flipped[40] = (flipped[40] ?? 0) ^ 0xff;
  expect(await root.refusal(plain, { diffId: digestOf("other") })).toStartWith("corrupt");
  expect(await root.refusal(packed.subarray(0, -10), { plain })).toStartWith("corrupt");
  expect(await root.refusal(flipped, { plain })).toStartWith("corrupt");
  expect(await root.refusal(plain.subarray(0, 1000), { plain })).toStartWith("corrupt");
  expect(await root.refusal(zstdCompressSync(plain).subarray(0, -5), { plain })).toStartWith("corrupt");
  expect(await root.refusal(plain, { limits: { maxBytes: 4999 } })).toStartWith("exhausted");
  expect(await root.refusal(archive({ name: "a" }, { name: "b" }), { limits: { maxEntries: 1 } })).toStartWith(
    "exhausted",
  );
  expect(await root.refusal(Buffer.from("\xfd7zXZ\0 and so on", "latin1"))).toStartWith("unsupported");
  expect([readdirSync(root.paths.layers), listLayers(root.store)]).toEqual([[], []]);
  expect(await root.refusal(packed, { plain })).toBe("accepted");
});

test("two that apply one layer at once get one record and leave one folder; a third does not read its source", async () => {
  using root = new LayerRoot();
  const blob = archive({ name: "f", data: "x" });
  const [first, second] = await Promise.all([root.tryApply(blob), root.tryApply(blob)]);
  expect(first).toEqual(second);
  expect(readdirSync(root.paths.layers)).toEqual([first.folder]);
  expect(await root.tryApply(new Uint8Array(0), { diffId: digestOf(blob) })).toEqual(first);
});

test("layers are forgotten from the top, never from under another, and their folders are told", async () => {
  using root = new LayerRoot();
  await root.apply(archive({ name: "a", data: "1" }));
  await root.apply(archive({ name: "b", data: "2" }));
  const [lower, upper] = listLayers(root.store).toSorted((left) => (left.parent === null ? -1 : 1));
  expect(forgetLayers(root, [lower?.chainId ?? ""])).toEqual([]);
  expect(listLayers(root.store)).toHaveLength(2);
  const folders = forgetLayers(root, [upper?.chainId ?? "", lower?.chainId ?? ""]);
  expect(folders).toEqual([upper, lower].map((layer) => join(root.paths.layers, layer?.folder ?? "")));
  expect(listLayers(root.store)).toEqual([]);
});

test("a process killed in the middle leaves no layer, only a stray that is found and swept once it is dead", async () => {
  using root = new LayerRoot();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures/apply-child.ts"), root.root, "stall"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  await reader.read();
  expect(listStrayLayers(root)).toHaveLength(1);
  expect(removeStrayLayers(root)).toEqual([]);
  child.kill("SIGKILL");
  await child.exited;
  expect(listLayers(root.store)).toEqual([]);
  expect(readdirSync(root.paths.layers).every((name) => name.startsWith(".tmp-"))).toBe(true);
  expect(removeStrayLayers(root)).toHaveLength(1);
  expect(readdirSync(root.paths.layers)).toEqual([]);
});

test("a layer of a gigabyte is unpacked in a fraction of that memory", async () => {
  using root = new LayerRoot();
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures/apply-child.ts"), root.root, "large"], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const result = JSON.parse(await new Response(child.stdout).text()) as {
    peakBytes: number;
    sizeBytes: number;
    chainId: string;
  };
  expect(result.sizeBytes).toBe(1024 ** 3);
  expect(result.peakBytes).toBeLessThan(300 * 1024 ** 2);
  expect(findLayer(root.store, result.chainId)).toBeDefined();
});
