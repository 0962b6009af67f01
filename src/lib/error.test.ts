import { expect, test } from "bun:test";
import { describeError, EstibaError, isEstibaError } from "./error.ts";

test("a description goes down the causes and says each sentence once", () => {
  const cause = new Error("connection refused", { cause: new Error("connection refused") });
  const error = new EstibaError("unavailable", { reason: "image.unreachable", what: 'cannot pull "bb:1"', cause });
  expect(describeError(error)).toBe('cannot pull "bb:1": connection refused');
});

test("codes tell errors apart", () => {
  const error = new EstibaError("not_found", { reason: "x", what: "y" });
  expect(isEstibaError(error)).toBe(true);
  expect(isEstibaError(error, "conflict", "not_found")).toBe(true);
  expect(isEstibaError(error, "conflict")).toBe(false);
  expect(isEstibaError(new Error("y"))).toBe(false);
});

test("a failed system call is told without the runtime's own words around it", () => {
  const cause = new Error("ENOENT: no such file or directory, open 'a, b.tar'");
  expect(describeError(new EstibaError("not_found", { reason: "x.y", what: 'cannot open "a, b.tar"', cause }))).toBe(
    'cannot open "a, b.tar": no such file or directory',
  );
});

test("a system error alone says what was tried, in the order of libc", () => {
  const error = new Error("ENOENT: no such file or directory, mkdir '/run/x'");
  expect(describeError(error)).toBe("mkdir /run/x: no such file or directory");
});
