import { expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HUGE_PAGE, layForHugePages, readSegments } from "./huge-pages.ts";

const BINARY = join(import.meta.dir, "../../dist/estiba");

test("the binary's segments lie in the file as in memory, counted from a huge page", () => {
  for (const { start, address } of readSegments(readFileSync(BINARY)))
    expect(start % HUGE_PAGE).toBe(address % HUGE_PAGE);
});

test("a program that is laid out says and loads the same", () => {
  const folder = mkdtempSync(join(tmpdir(), "huge-pages-"));
  try {
    // Its code can be anywhere in memory, and the kernel places it by the alignment that is written down.
    const program = readFileSync("/bin/echo");
    const laid = layForHugePages(program);
    const path = join(folder, "echo");
    writeFileSync(path, laid);
    chmodSync(path, 0o755);
    expect(Bun.spawnSync([path, "laid out"]).stdout.toString()).toBe("laid out\n");
    const before = readSegments(program);
    const after = readSegments(laid);
    expect(after.map(({ address }) => address)).toEqual(before.map(({ address }) => address));
    const loaded = (bytes: Uint8Array): string[] =>
      readSegments(bytes).map(({ start, end }) => Bun.hash(bytes.subarray(start, end)).toString());
    // The first holds the tables, which tell where the others have gone.
    expect(loaded(laid).slice(1)).toEqual(loaded(program).slice(1));
    expect(after.every(({ start, address }) => start % HUGE_PAGE === address % HUGE_PAGE)).toBe(true);
    // What was laid out is laid out.
    expect(layForHugePages(laid)).toEqual(laid);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is not such a program is refused", () => {
  expect(() => layForHugePages(new TextEncoder().encode("#!/bin/sh\n".repeat(10)))).toThrow("no 64-bit");
});
