import { expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { GzipWriter } from "./gzip.ts";

async function compressed(source: Iterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const writer = new GzipWriter((piece) => pieces.push(piece));
  for (const chunk of source) await writer.write(chunk);
  await writer.end();
  return Buffer.concat(pieces);
}

test("what was compressed comes back, whatever its length", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  for (const length of [0, 1, 65_536, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, 7 * 2 ** 20 + 5]) {
    const bytes = Buffer.alloc(length, noise);
    expect(gunzipSync(await compressed([bytes])).equals(bytes)).toBe(true);
  }
});

test("the pieces may have any length, and text becomes smaller", async () => {
  const bytes = Buffer.alloc(3 * 2 ** 20 + 123, "some text that repeats, and then again ");
  for (const length of [1000, 100_001, 2 ** 20]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / length) }, (_, i) =>
      bytes.subarray(i * length, (i + 1) * length),
    );
    const small = await compressed(pieces);
    expect(gunzipSync(small).equals(bytes)).toBe(true);
    expect(small.length).toBeLessThan(bytes.length / 10);
  }
});
