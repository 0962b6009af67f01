import { expect, test } from "bun:test";
import { compress, type Packing } from "./compress.ts";
import { decompress, detectCompression } from "./decompress.ts";

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    await Promise.resolve();
    yield Buffer.alloc(100_000, `piece ${index} `);
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const PACKINGS: readonly Packing[] = [{ kind: "none" }, { kind: "gzip" }, { kind: "zstd" }, { kind: "zstd", level: 9 }];

test.each(PACKINGS)("what is packed by %o comes out as it was, and the same each time", async (packing) => {
  const plain = await collect(pieces(30));
  const packed = await collect(compress(pieces(30), packing));
  expect(detectCompression(packed)).toBe(packing.kind);
  expect((await collect(decompress(stream([packed])))).equals(plain)).toBe(true);
  expect((await collect(compress(pieces(30), packing))).equals(packed)).toBe(true);
});

test("gzip gives the same however the source is cut", async () => {
  const plain = await collect(pieces(30));
  const cut = Array.from({ length: Math.ceil(plain.length / 70_001) }, (_, at) =>
    plain.subarray(at * 70_001, (at + 1) * 70_001),
  );
  const packed = await collect(compress(stream(cut), { kind: "gzip" }));
  expect((await collect(compress(pieces(30), { kind: "gzip" }))).equals(packed)).toBe(true);
});

test("an error of the source is thrown as it is", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* pieces(3);
    throw new Error("broken source");
  }
  const error = await collect(compress(broken(), { kind: "gzip" })).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("broken source");
});

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield* chunks;
}
