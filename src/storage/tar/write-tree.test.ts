import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRoot } from "../../host/openat.ts";
import type { TarEntry } from "./entry.ts";
import { TarReader } from "./tar-reader.ts";
import { encodeEntry, endOfArchive } from "./write-header.ts";
import { writeTree } from "./write-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-write-tree-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function archiveOf(path: string, name: string): Buffer {
  const fd = openRoot(path);
  try {
    return Buffer.concat([...writeTree(fd, { name, subSeconds: true })]);
  } finally {
    closeSync(fd);
  }
}

function read(bytes: Uint8Array): (TarEntry & { content: string })[] {
  const found: (TarEntry & { content: string })[] = [];
  const reader = new TarReader(
    {
      entry: (entry) => found.push({ ...entry, content: "" }),
      data: (piece) => {
        const last = found.at(-1);
        if (last !== undefined) last.content += Buffer.from(piece).toString("latin1");
      },
      end: () => undefined,
    },
    { maxEntries: 1000, maxBytes: 100_000_000 },
  );
  reader.push(bytes);
  reader.finish();
  return found;
}

function makeTree(): string {
  const tree = join(folder, "tree");
  rmSync(tree, { recursive: true, force: true });
  const deep = join(tree, "d".repeat(120), "e".repeat(120));
  mkdirSync(deep, { recursive: true });
  writeFileSync(join(deep, "f".repeat(200)), "deep");
  writeFileSync(join(tree, "b"), "x".repeat(3_000_001));
  linkSync(join(tree, "b"), join(tree, "c"));
  symlinkSync("/etc/passwd", join(tree, "a-link"));
  symlinkSync("n".repeat(300), join(tree, "long-link"));
  chmodSync(join(tree, "b"), 0o4755);
  expect(Bun.spawnSync(["touch", "-d", "@-7.25", join(tree, "b")]).exitCode).toBe(0);
  return tree;
}

test("a tree read back is the tree that was written: names, links, modes, times, content", () => {
  const entries = read(archiveOf(makeTree(), "top"));
  const names = entries.map(({ name }) => name);
  const d = `top/${"d".repeat(120)}/`;
  const e = `${d}${"e".repeat(120)}/`;
  expect(names).toEqual(["top/", "top/a-link", "top/b", "top/c", d, e, `${e}${"f".repeat(200)}`, "top/long-link"]);
  const [, link, file, hard] = entries;
  expect([link?.type, link?.linkName]).toEqual(["symlink", "/etc/passwd"]);
  expect([file?.mode, file?.modified, file?.content.length]).toEqual([
    0o4755,
    { seconds: -8, nanoseconds: 750_000_000 },
    3_000_001,
  ]);
  expect([hard?.type, hard?.linkName]).toEqual(["link", "top/b"]);
  expect(entries.at(-1)?.linkName).toBe("n".repeat(300));
});

test("the same tree gives the same bytes, and GNU tar finds no difference", async () => {
  const tree = makeTree();
  const bytes = archiveOf(tree, ".");
  expect(archiveOf(tree, ".").equals(bytes)).toBe(true);
  const compare = Bun.spawn(["tar", "-C", tree, "--compare", "-f", "-"], { stdin: bytes, stdout: "pipe" });
  expect([await new Response(compare.stdout).text(), await compare.exited]).toEqual(["", 0]);
});

test("numbers beyond ustar's digits and attributes survive", () => {
  const entry: TarEntry = {
    type: "folder",
    name: "é".normalize(),
    linkName: "",
    mode: 0o1777,
    uid: 4_000_000_000,
    gid: 3_000_000,
    modified: { seconds: 10_000_000_000_000, nanoseconds: 1 },
    sizeBytes: 0,
    device: { major: 0, minor: 0 },
    xattrs: new Map([
      ["user.b", "1\n\0"],
      ["security.capability", "\xff"],
    ]),
    segments: undefined,
  };
  const [found] = read(Buffer.concat([encodeEntry(entry), endOfArchive()]));
  expect(found).toEqual({ ...entry, name: `${entry.name}/`, content: "" });
});

test("a link in place of a folder is written as the link, never entered", () => {
  const tree = join(folder, "links");
  mkdirSync(tree);
  symlinkSync("/", join(tree, "root"));
  expect(read(archiveOf(tree, "")).map(({ name, type }) => [name, type])).toEqual([["root", "symlink"]]);
});

test("what no archive can hold is left out: sockets, and a file opened for nothing else stays readable", () => {
  const tree = join(folder, "fifo");
  mkdirSync(tree);
  expect(Bun.spawnSync(["mkfifo", join(tree, "pipe")]).exitCode).toBe(0);
  using listener = Bun.listen({ unix: join(tree, "socket"), socket: { data: () => undefined } });
  expect(listener.unix).toContain("socket");
  closeSync(openSync(tree, constants.O_RDONLY));
  expect(read(archiveOf(tree, "")).map(({ name, type }) => [name, type])).toEqual([["pipe", "fifo"]]);
});
