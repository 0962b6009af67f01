import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { pour } from "./pour.ts";

async function* pieces(count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(40_000, index);
}

test("all pieces come, as there is room, and then the end", async () => {
  const target = new PassThrough();
  const poured = pour(target, pieces(20));
  let bytes = 0;
  for await (const piece of target as AsyncIterable<Buffer>) bytes += piece.length;
  await poured;
  expect(bytes).toBe(800_000);
});

test("a target that is gone is no failure, also while there is no room", async () => {
  const target = new PassThrough();
  const poured = pour(target, pieces(20));
  setTimeout(() => target.destroy(), 5);
  expect(await poured).toBeUndefined();
});
