import { expect, test } from "bun:test";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { decompress, detectCompression, peek } from "./decompress.ts";
import { inParallel } from "./in-parallel.ts";
import { withProgress } from "./with-progress.ts";
import { ZstdFrames } from "./zstd-frames.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    await Promise.resolve();
    yield bytes.subarray(offset, offset + size);
  }
}

const all = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => Buffer.concat(await Array.fromAsync(source));

const PLAIN = Buffer.from("some text ".repeat(10_000));
const never = new AbortController().signal;

test.each([
  ["plain", PLAIN, PLAIN],
  ["gzip", gzipSync(PLAIN), PLAIN],
  ["gzip of two members", Buffer.concat([gzipSync(PLAIN), gzipSync(PLAIN)]), Buffer.concat([PLAIN, PLAIN])],
  ["zstd", zstdCompressSync(PLAIN), PLAIN],
  [
    "zstd of two frames",
    Buffer.concat([zstdCompressSync(PLAIN), zstdCompressSync(PLAIN)]),
    Buffer.concat([PLAIN, PLAIN]),
  ],
  ["nothing", Buffer.alloc(0), Buffer.alloc(0)],
])("%s is unpacked, however it is cut", async (_name, packed, plain) => {
  for (const size of [1000, 1_000_000]) expect((await all(decompress(pieces(packed, size)))).equals(plain)).toBe(true);
});

test.each([
  ["gzip", gzipSync(PLAIN)],
  ["zstd", zstdCompressSync(PLAIN)],
])("%s that is cut off anywhere is an error", async (_name, packed) => {
  for (const length of [6, 20, packed.length - 10, packed.length - 1]) {
    const cut = all(decompress(pieces(packed.subarray(0, length), 100)));
    expect(cut).rejects.toThrow("damaged or cut off");
    await cut.catch(() => undefined);
  }
});

test("zstd frames of every kind end where they end", () => {
  const noise = crypto.getRandomValues(new Uint8Array(50_000));
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const checked = zstdCompressSync(PLAIN, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
  for (const whole of [
    zstdCompressSync(noise),
    zstdCompressSync(Buffer.alloc(1_000_000)),
    zstdCompressSync(Buffer.alloc(0)),
    checked,
    Buffer.concat([skippable, checked, skippable]),
  ]) {
    const frames = new ZstdFrames();
    for (const byte of whole.subarray(0, -1)) frames.push(Uint8Array.of(byte));
    expect(frames.complete).toBe(false);
    frames.push(whole.subarray(-1));
    expect(frames.complete).toBe(true);
    frames.push(Buffer.from("junk"));
    expect(frames.complete).toBe(false);
  }
  expect(detectCompression(skippable)).toBe("zstd");
});

test("an error of the source comes through as it is", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield* pieces(gzipSync(PLAIN).subarray(0, 50), 10);
    throw new Error("the source failed");
  }
  const reading = all(decompress(failing()));
  expect(reading).rejects.toThrow("the source failed");
  await reading.catch(() => undefined);
});

test("peeking takes nothing away", async () => {
  const { head, all: rest } = await peek(pieces(PLAIN, 3), 6);
  expect(Buffer.from(head.subarray(0, 6)).toString()).toBe("some t");
  expect((await all(rest)).equals(PLAIN)).toBe(true);
  expect(detectCompression(head)).toBe("none");
});

test("work in parallel: results in order, never more at once than allowed", async () => {
  const running = { now: 0, most: 0 };
  const results = await inParallel([5, 1, 3, 2], { limit: 2, signal: never }, async (ms) => {
    running.most = Math.max(running.most, ++running.now);
    await Bun.sleep(ms);
    running.now--;
    return ms * 2;
  });
  expect({ results, most: running.most }).toEqual({ results: [10, 2, 6, 4], most: 2 });
});

test("the first failure stops the others and is thrown after they have ended", async () => {
  const ended: number[] = [];
  const work = inParallel([0, 1, 2, 3], { limit: 2, signal: never }, async (item, _index, signal) => {
    if (item === 0) throw new Error("first");
    while (!signal.aborted) await Bun.sleep(1);
    ended.push(item);
  });
  expect(work).rejects.toThrow("first");
  await work.catch(() => undefined);
  expect(ended).toEqual([1]);
});

test("progress comes while the work goes on, and the result at the end", async () => {
  const steps = withProgress<number, string>(never, async (report) => {
    report(1);
    await Bun.sleep(1);
    report(2);
    return "result";
  });
  expect([await steps.next(), await steps.next(), await steps.next()]).toEqual([
    { value: 1, done: false },
    { value: 2, done: false },
    { value: "result", done: true },
  ]);
});

test("leaving the progress early aborts the work, and waits for its end", async () => {
  const seen = { aborted: false };
  const steps = withProgress<number, undefined>(never, async (report, signal) => {
    report(1);
    while (!signal.aborted) await Bun.sleep(1);
    seen.aborted = true;
    return undefined;
  });
  for await (const step of steps) if (step === 1) break;
  expect(seen.aborted).toBe(true);
});

test("a failure of the work is the generator's", async () => {
  const failing = withProgress(never, () => Promise.reject(new Error("failed"))).next();
  expect(failing).rejects.toThrow("failed");
  await failing.catch(() => undefined);
});
