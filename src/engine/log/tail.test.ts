import { afterAll, expect, test } from "bun:test";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogFile } from "./files.ts";
import { findTail } from "./tail.ts";

const folder = mkdtempSync(join(tmpdir(), "estiba-tail-"));
const opened: number[] = [];
afterAll(() => {
  for (const fd of opened) closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** Files of a log, each made of entries such as `o F text`. */
function logFiles(...texts: readonly string[]): LogFile[] {
  return texts.map((text, index) => {
    const path = join(folder, `log${opened.length}`);
    writeFileSync(path, text);
    const fd = openSync(path, "r");
    opened.push(fd);
    return { fd, inode: index, position: 0, rest: new Uint8Array(0) };
  });
}

function entries(...words: readonly string[]): string {
  return words
    .map(
      (word) => `2026-01-02T03:04:05.000000000+00:00 ${word.startsWith("o") ? "stdout" : "stderr"}${word.slice(1)}\n`,
    )
    .join("");
}

/** The first entry of the tail, and how many later ones are left out. */
function tailOf(texts: readonly string[], lines: number): { file: number; rest: string; skipped: number } {
  const { file, position, skip } = findTail(logFiles(...texts), lines);
  return { file, rest: (texts[file] ?? "").slice(position), skipped: skip.size };
}

test("the last lines are found from the end; more than there are is all", () => {
  const text = entries("o F a", "e F b", "o F c");
  expect(tailOf([text], 2)).toMatchObject({ rest: entries("e F b", "o F c") });
  expect(tailOf([text], 9)).toMatchObject({ rest: text });
  expect(tailOf([text], 0)).toMatchObject({ rest: "" });
  expect(tailOf([""], 3)).toMatchObject({ rest: "" });
});

test("the pieces of a line count as one, and so does a line at the end that is only begun", () => {
  const text = entries("o F a", "o P b1", "o P b2", "o F b3", "o P c");
  expect(tailOf([text], 1)).toMatchObject({ rest: entries("o P c") });
  expect(tailOf([text], 2)).toMatchObject({ rest: entries("o P b1", "o P b2", "o F b3", "o P c") });
});

test("a line of the other stream between the pieces of a wanted one is left out", () => {
  const text = entries("o F a", "o P b1", "e F other", "o F b2");
  const tail = tailOf([text], 1);
  expect(tail.rest).toBe(entries("o P b1", "e F other", "o F b2"));
  expect(tail.skipped).toBeGreaterThan(0);
});

test("a tail reaches back into older files", () => {
  const [old, young] = [entries("o F a", "o F b"), entries("o F c")];
  expect(tailOf([old, young], 1)).toMatchObject({ file: 1, rest: young });
  expect(tailOf([old, young], 2)).toMatchObject({ file: 0, rest: entries("o F b") });
});

test("what is being written at the end does not count, and long lines cross blocks", () => {
  const long = "x".repeat(200_000);
  const text = entries("o F a", `o F ${long}`, "o F c");
  expect(tailOf([`${text}2026-01-02T03:04`], 2).rest).toBe(`${entries(`o F ${long}`, "o F c")}2026-01-02T03:04`);
  expect(tailOf([text.slice(0, -1)], 1).rest).toStartWith(entries(`o F ${long}`));
});
