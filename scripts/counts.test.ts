import { expect, test } from "bun:test";
import { failures, readCounts, sum } from "./counts.ts";

test("the last summary of bun test is read, with its colours", () => {
  const output =
    "a.test.ts:\n(pass) 7 pass\n\n\n\u001b[32m 2 pass\u001b[0m\n 2 skip\n 1 todo\n 3 fail\n 1 error\n 2 expect() calls\nRan 8 tests across 3 files. [8.00ms]\n";
  expect(readCounts(output, 1)).toEqual({ passed: 2, failed: 3, skipped: 3 });
});

test("a run that dies before its summary counts as one failure", () => {
  expect(readCounts("a.test.ts:\n 5 pass\n", 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test("a bad exit code without a failed test counts as one failure", () => {
  expect(readCounts("\n\n 5 pass\n 0 fail\nRan 5 tests across 1 file. [1ms]\n", 1)).toEqual({
    passed: 5,
    failed: 1,
    skipped: 0,
  });
});

test("counts add up", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(sum([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
});

test("each failure is told with its file and its cause, and nothing of the tests that passed", () => {
  const output = [
    "a.test.ts:",
    "(pass) one [1ms]",
    "noise of two",
    "(pass) two [1ms]",
    "",
    "b.test.ts:",
    "\u001b[31merror\u001b[0m: expected 1",
    "      at b.test.ts:3:4",
    "(fail) three [2ms]",
    "(skip) four",
    "",
    "1 tests failed:",
    "(fail) three [2ms]",
  ].join("\n");
  expect(failures(output)).toEqual(["b.test.ts:\nerror: expected 1\n      at b.test.ts:3:4\n(fail) three [2ms]"]);
});

test("a long cause keeps its end", () => {
  const output = ["c.test.ts:", ...Array.from({ length: 9 }, (_, at) => `line ${at}`), "(fail) five"].join("\n");
  expect(failures(output, 3)).toEqual(["c.test.ts:\nline 7\nline 8\n(fail) five"]);
});
