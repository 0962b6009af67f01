import { expect, test } from "bun:test";
import { join } from "node:path";

const ROOT: string = join(import.meta.dir, "..");
const MEDIAN_LINES = 100;
const NINE_IN_TEN_LINES = 250;
const MOST_LINES = 400;

/** Tables and wire types, by name: long because what they list is long. */
const TABLES: readonly string[] = [];

test("source files stay short: half within 100 lines, nine in ten within 250, none over 400", async () => {
  const files = [...new Bun.Glob("src/**/*.ts").scanSync(ROOT)].filter((file) => !file.endsWith(".test.ts"));
  const lengths = await Promise.all(
    files.map(async (file) => ({ file, lines: (await Bun.file(join(ROOT, file)).text()).split("\n").length - 1 })),
  );
  lengths.sort((a, b) => a.lines - b.lines);
  const at = (share: number): number => lengths[Math.ceil(lengths.length * share) - 1]?.lines ?? 0;
  expect(lengths.filter(({ file, lines }) => lines > MOST_LINES && !TABLES.includes(file))).toEqual([]);
  expect(at(0.5)).toBeLessThanOrEqual(MEDIAN_LINES);
  expect(at(0.9)).toBeLessThanOrEqual(NINE_IN_TEN_LINES);
  expect(TABLES.filter((file) => !files.includes(file))).toEqual([]);
});
