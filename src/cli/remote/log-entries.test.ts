import { expect, test } from "bun:test";
import type { OutputPiece } from "../../client/frames.ts";
import { logEntries } from "./log-entries.ts";

async function entriesOf(...pieces: [OutputPiece["stream"], string][]): Promise<string[]> {
  async function* sent(): AsyncGenerator<OutputPiece> {
    for (const [stream, text] of pieces) yield await Promise.resolve({ stream, bytes: Buffer.from(text) });
  }
  const all: string[] = [];
  for await (const entries of logEntries(sent()))
    for (const { time, stream, partial, text } of entries)
      all.push(`${time} ${stream} ${partial ? "P" : "F"} ${Buffer.from(text).toString()}`);
  return all;
}

test("lines are told from their times, however they are cut into pieces, and streams apart", async () => {
  expect(await entriesOf(["stdout", "T1 one\nT2 two\n"])).toEqual(["T1 stdout F one", "T2 stdout F two"]);
  expect(await entriesOf(["stdout", "T"], ["stdout", "1"], ["stderr", "T9 x\n"], ["stdout", " a b\nT2"])).toEqual([
    "T9 stderr F x",
    "T1 stdout F a b",
  ]);
  expect(await entriesOf(["stdout", "T1 \nT2 \n"])).toEqual(["T1 stdout F ", "T2 stdout F "]);
});

test("a line that is not at its end yet is told at once, and goes on with the same time", async () => {
  expect(await entriesOf(["stdout", "T1 name: "], ["stdout", "bob"], ["stdout", "\nT2 x\n"])).toEqual([
    "T1 stdout P name: ",
    "T1 stdout P bob",
    "T1 stdout F ",
    "T2 stdout F x",
  ]);
});
