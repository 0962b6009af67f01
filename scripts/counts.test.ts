import { expect, test } from "bun:test";
import { readCounts, sum } from "./counts.ts";

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
