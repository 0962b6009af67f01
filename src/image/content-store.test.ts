import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isEstibaError } from "../lib/error.ts";
import { blobFiles, putBlob, readBlob, streamBlob } from "./content-store.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-content-"));
const folders = { blobs: join(folder, "blobs"), temporary: join(folder, "tmp") };
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function failure(work: () => Promise<unknown>): Promise<unknown> {
  return await work().then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("a blob that is gone is told as such, one that was changed as damaged, however it is read", async () => {
  const digest = await putBlob(folders, new TextEncoder().encode("content"));
  const [path = ""] = blobFiles(folders, [digest]);
  const readers = [
    async () => await readBlob(folders, digest),
    async () => await Array.fromAsync(streamBlob(folders, digest)),
  ];
  for (const read of readers) expect(await failure(read)).toBeUndefined();
  writeFileSync(path, "contents");
  for (const read of readers) expect(isEstibaError(await failure(read), "corrupt")).toBe(true);
  rmSync(path);
  for (const read of readers) {
    const error = await failure(read);
    expect(isEstibaError(error, "not_found") && [error.reason, error.message]).toEqual([
      "image.store_failed",
      expect.stringContaining(`blob ${digest} is not in the store any more`),
    ]);
  }
});
