import { afterEach, beforeEach, expect, test } from "bun:test";
import * as node from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Fs = typeof import("./fs.ts");

const place = { folder: "", count: 0 };
const at = (name: string): string => join(place.folder, name);

beforeEach(() => {
  place.folder = node.mkdtempSync(join(tmpdir(), "estiba-quick-"));
});
afterEach(() => node.rmSync(place.folder, { recursive: true }));

/** The module as a command finds it: nothing of node's is loaded yet. */
async function fresh(): Promise<Fs> {
  return (await import(`./fs.ts?${++place.count}`)) as Fs;
}

/** What a call gives or throws, by what programs look at. */
function outcome(call: () => unknown): unknown {
  try {
    return { value: call() };
  } catch (error) {
    const { code, message, errno, path, syscall } = error as NodeJS.ErrnoException;
    return { code, message, errno, path, syscall };
  }
}

test("texts are read as node reads them: empty, large, with a mark, of any bytes, by either encoding", async () => {
  const contents = { empty: "", short: "a\n", large: "x".repeat(70_000), mark: "\ufeffé", edge: "y".repeat(65_536) };
  for (const [name, text] of Object.entries(contents)) node.writeFileSync(at(name), text);
  node.writeFileSync(at("bytes"), Uint8Array.of(0x61, 0x80, 0xff, 0xc3, 0xa9));
  for (const name of [...Object.keys(contents), "bytes", "nowhere", "."])
    for (const encoding of ["utf8", "latin1", "hex", "buffer"] as const) {
      const quick = await fresh();
      const expected = outcome(() =>
        node.readFileSync(at(name), { encoding: encoding === "buffer" ? null : encoding }),
      );
      expect([
        name,
        encoding,
        outcome(() => (encoding === "buffer" ? quick.readFileSync(at(name)) : quick.readFileSync(at(name), encoding))),
      ]).toEqual([name, encoding, expected]);
    }
  expect((await fresh()).readFileSync("/proc/self/comm", "latin1")).toBe(
    node.readFileSync("/proc/self/comm", "latin1"),
  );
});

test("what is asked for by a path is answered as node does, also what is no path", async () => {
  node.writeFileSync(at("there"), "");
  node.symlinkSync("nowhere", at("dangling"));
  const paths = [at("there"), at("dangling"), at("nowhere"), at("there/below"), "", "a\0b", Buffer.from(at("there"))];
  for (const path of paths) {
    const quick = await fresh();
    expect([String(path), quick.existsSync(path)]).toEqual([String(path), node.existsSync(path)]);
  }
});

test("files are opened, written to, synced and closed as by node, with its errors", async () => {
  const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_RDONLY, O_WRONLY } = node.constants;
  for (const flags of ["r", "r+", "w", O_RDONLY, O_RDONLY | O_DIRECTORY, O_WRONLY | O_CREAT | O_EXCL] as const)
    for (const name of ["there", "nowhere", "."]) {
      node.writeFileSync(at("there"), "");
      node.rmSync(at("nowhere"), { force: true });
      const expected = outcome(() => node.closeSync(node.openSync(at(name), flags, 0o600)));
      node.rmSync(at("nowhere"), { force: true });
      const quick = await fresh();
      const found = outcome(() => quick.closeSync(quick.openSync(at(name), flags, 0o600)));
      expect([name, flags, found]).toEqual([name, flags, expected]);
    }
  const quick = await fresh();
  const fd = quick.openSync(at("log"), O_WRONLY | O_CREAT | O_APPEND, 0o640);
  expect([quick.writeSync(fd, "é\n"), quick.writeSync(fd, Buffer.from("abcdef"), 2)]).toEqual([3, 4]);
  quick.fdatasyncSync(fd);
  expect(quick.writeSync(fd, Buffer.from("abcdef"), 1, 2)).toBe(2);
  quick.closeSync(fd);
  expect(node.readFileSync(at("log"), "utf8")).toBe("é\ncdefbc");
  expect(node.statSync(at("log")).mode & 0o777 & ~process.umask()).toBe(0o640 & ~process.umask());
});

test("what fails on a descriptor fails as with node, and is not tried twice", async () => {
  const reader = node.openSync(at("."), "r");
  const closed = 999_999;
  const calls = {
    close: (fs: Fs | typeof node) => fs.closeSync(closed),
    write: (fs: Fs | typeof node) => fs.writeSync(reader, "x"),
    writeBytes: (fs: Fs | typeof node) => fs.writeSync(closed, Buffer.from("x"), 0),
    sync: (fs: Fs | typeof node) => fs.fdatasyncSync(closed),
  };
  for (const [name, call] of Object.entries(calls)) {
    const quick = await fresh();
    expect([name, outcome(() => call(quick))]).toEqual([name, outcome(() => call(node))]);
  }
  node.closeSync(reader);
});

test("the first call of another kind makes all of them node's own", async () => {
  const quick = await fresh();
  expect(quick.openSync).not.toBe(node.openSync);
  expect(quick.statSync(at(".")).isDirectory()).toBe(true);
  const same = Object.keys(quick).filter((name) => name !== "constants");
  expect(same.filter((name) => quick[name as keyof Fs] !== (node[name as keyof Fs] as unknown))).toEqual([]);
  expect(same.length).toBeGreaterThan(30);
  for (const [name, value] of Object.entries(node.constants))
    expect([name, quick.constants[name as keyof typeof node.constants]]).toEqual([name, value as never]);
});
