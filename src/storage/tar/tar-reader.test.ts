import { expect, test } from "bun:test";
import { archive, base256, member, pax, paxRecord, type RawEntry } from "../../../test/fixtures/make-tar.ts";
import { isEstibaError } from "../../lib/error.ts";
import type { TarEntry } from "./entry.ts";
import { type TarLimits, TarReader } from "./tar-reader.ts";

type Read = { entry: TarEntry; content: string };

function read(bytes: Uint8Array, options: Partial<TarLimits> & { step?: number } = {}): Read[] {
  const found: Read[] = [];
  const reader = new TarReader(
    {
      entry: (entry) => {
        found.push({ entry, content: "\0".repeat(Math.min(entry.sizeBytes, 100_000)) });
      },
      data: (piece, offset) => {
        const last = found.at(-1);
        if (last === undefined) throw new Error("data before an entry");
        const text = Buffer.from(piece).toString("latin1");
        last.content = last.content.slice(0, offset) + text + last.content.slice(offset + text.length);
      },
      end: () => undefined,
    },
    { maxEntries: 1000, maxBytes: 1_000_000, ...options },
  );
  const step = options.step ?? bytes.length + 1;
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  reader.finish();
  return found;
}

function refusal(bytes: Uint8Array, options: Partial<TarLimits> = {}): string {
  try {
    read(bytes, options);
  } catch (error) {
    if (isEstibaError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "accepted";
}

const one = (entry: RawEntry) => read(archive(entry))[0]?.entry;

test("every way of cutting an archive into chunks gives the same entries", () => {
  const bytes = archive(
    { name: "a/", type: "5", mode: 0o1755 },
    { name: "a/file", data: "x".repeat(700), mtime: 12 },
    pax([
      ["path", "a/été".normalize()],
      ["mtime", "5.000000001"],
    ]),
    { name: "ignored", data: "inner" },
    { name: "a/link", type: "1", link: "a/file" },
  );
  const whole = read(bytes);
  expect(whole.map(({ entry }) => entry.name)).toEqual(["a/", "a/file", "a/été", "a/link"]);
  for (const step of [1, 7, 511, 512, 513, 1000]) expect(read(bytes, { step })).toEqual(whole);
});

test("the prefix of ustar and of star is joined, GNU's fields in its place are not", () => {
  expect(one({ name: "file", prefix: "deep/folder" })?.name).toBe("deep/folder/file");
  expect(one({ name: "file", prefix: "deep", patch: [[508, "tar\0"]] })?.name).toBe("deep/file");
  expect(one({ name: "file", magic: "ustar  \0", prefix: "0123" })?.name).toBe("file");
  expect(one({ name: "file", magic: "\0\0\0\0\0\0\0\0", prefix: "0123", major: 7 })?.name).toBe("file");
});

test("GNU long names and pax names replace the header's, pax wins", () => {
  const long = `d/${"n".repeat(300)}`;
  const gnu = [
    member({ name: "././@LongLink", type: "L", data: `${long}\0` }),
    member({ name: "././@LongLink", type: "K", data: `${long}2\0` }),
  ];
  const [first] = read(archive(...gnu, { name: "short", type: "2", link: "short" }));
  expect([first?.entry.name, first?.entry.linkName]).toEqual([long, `${long}2`]);
  const [second] = read(archive(...gnu, pax([["path", "pax"]]), { name: "short", type: "2" }));
  expect(second?.entry.name).toBe("pax");
  expect(refusal(archive(member({ name: "l", type: "L", data: `${"n".repeat(4097)}\0` }), { name: "x" }))).toContain(
    "4096",
  );
  expect(refusal(Buffer.concat([gnu[0] ?? new Uint8Array(), Buffer.alloc(1024)]))).toContain("belongs to another");
});

test("pax records set ids, sizes and times to the nanosecond; an empty value takes a global one back", () => {
  const entries = read(
    archive(
      pax(
        [
          ["uid", "70000"],
          ["mtime", "-1.5"],
          ["gid", "9"],
        ],
        "g",
      ),
      pax([
        ["gid", ""],
        ["size", "5"],
      ]),
      { name: "a", gid: 3, size: 0, data: "hello" },
      { name: "b" },
    ),
  );
  expect(entries.map(({ entry }) => [entry.uid, entry.gid])).toEqual([
    [70000, 3],
    [70000, 9],
  ]);
  expect(entries[0]?.content).toBe("hello");
  expect(entries[1]?.entry.modified).toEqual({ seconds: -2, nanoseconds: 500_000_000 });
  expect(refusal(archive(pax([["path", "x"]], "g"), { name: "a" }))).toContain("every entry");
});

test("extended attributes come from star's and libarchive's records", () => {
  const [first] = read(
    archive(
      pax([
        ["SCHILY.xattr.user.a", "one\n\0two"],
        ["LIBARCHIVE.xattr.user.b%3d", Buffer.from("value").toString("base64")],
        ["LIBARCHIVE.xattr.user.a", "b3RoZXI="],
      ]),
      { name: "x" },
    ),
  );
  expect([...(first?.entry.xattrs ?? [])].toReversed()).toEqual([
    ["user.a", "one\n\0two"],
    ["user.b=", "value"],
  ]);
});

test("numbers in base 256 are read, and those out of range are refused", () => {
  const big = 9n * 1024n ** 3n;
  expect(refusal(archive({ name: "x", size: base256(big, 12) }), { maxBytes: 1e12 })).toContain("cut off");
  expect(one({ name: "x", uid: base256(4_294_967_294n, 8) })?.uid).toBe(4_294_967_294);
  for (const uid of [4_294_967_295n, 4_294_967_296n, -1n, 1n << 55n]) {
    expect(refusal(archive({ name: "x", uid: base256(uid, 8) }))).toContain("out of range");
  }
  expect(refusal(archive(pax([["uid", "4294967296"]]), { name: "x" }))).toContain("out of range");
  expect(refusal(archive(pax([["uid", "-1"]]), { name: "x" }))).toContain("no number");
  expect(refusal(archive({ name: "x", size: base256(-1n, 12) }))).toContain("negative");
  expect(refusal(archive(pax([["size", "9223372036854775808"]]), { name: "x" }))).toContain("no number in range");
  expect(refusal(archive({ name: "x", type: "3", major: 4096 }))).toContain("device number");
  expect(refusal(archive({ name: "x", uid: "9999999\0" }))).toContain("the number");
});

test("damage is told from the end: wrong sums, lengths and cuts are refused", () => {
  const good = archive({ name: "x", data: "hello" });
  expect(refusal(archive({ name: "x", sum: "000001\0 " }))).toContain("sum");
  for (const length of [1, 511, 513, 600, 1023]) expect(refusal(good.subarray(0, length))).toContain("cut off");
  expect(read(good.subarray(0, 1024))).toHaveLength(1);
  // Docker's command sends such: without what fills up the last block.
  expect(read(good.subarray(0, 517))).toHaveLength(1);
  expect(read(new Uint8Array(0))).toHaveLength(0);
  expect(refusal(Buffer.concat([good.subarray(0, 1024), Buffer.alloc(512), good]))).toContain("follows its end");
  expect(refusal(archive({ name: "x", type: "Z" }))).toContain("unknown type");
  for (const data of ["9 a=b\n", "7 a=b\n", "6 ab\n\n", "x", "99999999999 a=b\n", "5 =b\n"]) {
    expect(refusal(archive({ name: "p", type: "x", data }, { name: "x" }))).toContain("pax record");
  }
  expect(refusal(archive({ name: "p", type: "x", data: "x".repeat(1024 * 1024 + 1) }, { name: "x" }))).toContain(
    "1048576",
  );
  expect(refusal(archive(pax([["path", "a\0b"]]), { name: "x" }))).toContain("NUL");
});

test("limits on entries and data end the reading", () => {
  const many = Array.from({ length: 11 }, (_, index) => ({ name: `f${index}` }));
  expect(refusal(archive(...many), { maxEntries: 10 })).toStartWith("exhausted");
  expect(refusal(archive({ name: "x", data: "x".repeat(101) }), { maxBytes: 100 })).toStartWith("exhausted");
});

const HOLE = "\0".repeat(1000);

test("sparse files of all four formats have their data in place", () => {
  const map = [1000, 5, 2005, 3];
  const expected = `${HOLE}hello${HOLE}end`;
  const gnuMap = map.map((value) => `${value.toString(8).padStart(11, "0")}\0`).join("");
  const old = {
    name: "s",
    type: "S",
    data: "helloend",
    magic: "ustar  \0",
    patch: [
      [386, gnuMap],
      [483, "00000003730\0"],
    ],
  };
  const text = `2\n${map.join("\n")}\n`;
  const archives = {
    old: archive(old as RawEntry),
    "0.0": archive(
      Buffer.from(
        member({
          name: "p",
          type: "x",
          data: [
            paxRecord("GNU.sparse.size", "2008"),
            paxRecord("GNU.sparse.numblocks", "2"),
            ...map.map((value, index) =>
              paxRecord(index % 2 === 0 ? "GNU.sparse.offset" : "GNU.sparse.numbytes", `${value}`),
            ),
          ].join(""),
        }),
      ),
      { name: "s", data: "helloend" },
    ),
    "0.1": archive(
      pax([
        ["GNU.sparse.name", "s"],
        ["GNU.sparse.size", "2008"],
        ["GNU.sparse.map", map.join(",")],
      ]),
      {
        name: "GNUSparseFile.0/s",
        data: "helloend",
      },
    ),
    "1.0": archive(
      pax([
        ["GNU.sparse.major", "1"],
        ["GNU.sparse.minor", "0"],
        ["GNU.sparse.name", "s"],
        ["GNU.sparse.realsize", "2008"],
      ]),
      { name: "GNUSparseFile.0/s", data: `${text.padEnd(512, "\0")}helloend` },
    ),
  };
  for (const [format, bytes] of Object.entries(archives)) {
    const [found] = read(bytes);
    expect([format, found?.entry.name, found?.content]).toEqual([format, "s", expected]);
  }
});

test("sparse maps that lie are refused", () => {
  const sparse = (size: string, map: string, data = "hello") =>
    refusal(
      archive(
        pax([
          ["GNU.sparse.size", size],
          ["GNU.sparse.map", map],
        ]),
        { name: "s", data },
      ),
    );
  expect(sparse("10", "0,5")).toBe("accepted");
  for (const [size, map] of [
    ["4", "0,5"],
    ["10", "6,5"],
    ["10", "0,4"],
    ["10", "0,6"],
    ["10", "3,3,0,2"],
    ["10", "0,3,2,2"],
    ["10", "0"],
  ]) {
    expect(sparse(size ?? "", map ?? "")).toContain("sparse map");
  }
  expect(sparse("10", "0,x")).toContain("no number");
  const text = (content: string) =>
    refusal(
      archive(
        pax([
          ["GNU.sparse.major", "1"],
          ["GNU.sparse.realsize", "10"],
        ]),
        { name: "s", data: content },
      ),
    );
  expect(text("1\n0\n5\n")).toContain("cut off");
  expect(text("x\n".padEnd(512, "\0"))).toContain("no number");
  expect(text("9999999\n".padEnd(512, "\0"))).toContain("stretches");
  expect(text("1".repeat(1024))).toContain("sparse map");
});

test("links, folders and devices carry no data whatever their size field says", () => {
  const found = read(
    archive(
      { name: "l", type: "1", link: "t", size: 99 },
      { name: "d", type: "5", size: 99 },
      { name: "f", data: "x" },
    ),
  );
  expect(found.map(({ entry }) => [entry.type, entry.sizeBytes])).toEqual([
    ["link", 0],
    ["folder", 0],
    ["file", 1],
  ]);
});
