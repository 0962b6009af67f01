import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexTar, type Member } from "./tar-index.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-tar-index-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Entry = { name: string; type?: string; link?: string; content?: string; size?: number };

function header({ name, type = "0", link = "", content = "", size }: Entry): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0, 100);
  block.write("0000644\0", 100);
  block.write(`${(size ?? Buffer.byteLength(content)).toString(8).padStart(11, "0")}\0`, 124);
  block.write("        ", 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write("ustar\x0000", 257, "latin1");
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function tar(...entries: Entry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? "");
    return [header(entry), content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function index(bytes: Buffer): Map<string, Member> {
  const path = join(folder, "a.tar");
  writeFileSync(path, bytes);
  const fd = openSync(path, "r");
  try {
    return indexTar(fd, bytes.length);
  } finally {
    closeSync(fd);
  }
}

const pax = (key: string, value: string): string => {
  const record = ` ${key}=${value}\n`;
  const length = record.length + String(record.length + 2).length;
  return `${length}${record}`;
};

test("files are found where their content lies, by a plain name", () => {
  const found = index(
    tar({ name: "./a", content: "hello" }, { name: "dir/", type: "5" }, { name: "dir/b", content: "x" }),
  );
  expect([...found]).toEqual([
    ["a", { offset: 512, size: 5 }],
    ["dir/b", { offset: 2048, size: 1 }],
  ]);
});

test("links stand for what they point at: Docker links equal layers", () => {
  const found = index(
    tar(
      { name: "one/layer.tar", content: "L" },
      { name: "two/layer.tar", type: "2", link: "../one/layer.tar" },
      { name: "three", type: "1", link: "one/layer.tar" },
    ),
  );
  expect(found.get("two/layer.tar")).toEqual(found.get("one/layer.tar") as Member);
  expect(found.get("three")).toEqual(found.get("one/layer.tar") as Member);
});

test("a link out of the archive, or in a circle, is nothing", () => {
  const found = index(
    tar({ name: "out", type: "2", link: "../../../etc/passwd" }, { name: "x", type: "2", link: "x" }),
  );
  expect(found.size).toBe(0);
});

test("long names come from GNU and pax headers", () => {
  const long = `${"d/".repeat(80)}file`;
  const gnu = index(tar({ name: "././@LongLink", type: "L", content: `${long}\0` }, { name: "cut", content: "x" }));
  expect([...gnu.keys()]).toEqual([long]);
  expect([
    ...index(tar({ name: "pax", type: "x", content: pax("path", long) }, { name: "cut", content: "x" })).keys(),
  ]).toEqual([long]);
});

test.each([
  ["a member that is cut off", tar({ name: "a", size: 10_000, content: "x" })],
  ["a size that is no number", ((bytes) => (bytes.write("zzz", 124), bytes))(tar({ name: "a" }))],
  ["a wrong checksum", ((bytes) => (bytes.write("b", 0), bytes))(tar({ name: "a" }))],
  ["a pax header of 2 MB", tar({ name: "x", type: "x", content: "y".repeat(2 * 1024 * 1024) }, { name: "a" })],
  ["a damaged pax header", tar({ name: "x", type: "x", content: "99 path=x\n" }, { name: "a" })],
  ["a sparse member", tar({ name: "x", type: "x", content: pax("GNU.sparse.major", "1") }, { name: "a" })],
  ["an end within a header", tar({ name: "a" }).subarray(0, 100)],
  ["text", Buffer.from("no archive at all\n".repeat(100))],
])("%s is refused", (_name, bytes) => {
  expect(() => index(bytes)).toThrow("not a usable image archive");
});
