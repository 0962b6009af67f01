import { expect, test } from "bun:test";
import { orAborted } from "./or-aborted.ts";

test("what the work gives is given, and what it throws is thrown", async () => {
  const { signal } = new AbortController();
  expect(await orAborted(async () => await Promise.resolve(1), signal)).toBe(1);
  expect(orAborted(async () => await Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
});

test("the reason is thrown at once, also of work that fails later, and nothing is begun when it is too late", async () => {
  const stop = new AbortController();
  const work = Promise.withResolvers<number>();
  const waiting = orAborted(async () => await work.promise, stop.signal);
  stop.abort(new Error("enough"));
  expect(waiting).rejects.toThrow("enough");
  work.reject(new Error("later"));
  let begun = false;
  const late = orAborted(async () => {
    begun = true;
    return await Promise.resolve();
  }, stop.signal);
  expect(late).rejects.toThrow("enough");
  expect(begun).toBe(false);
});
