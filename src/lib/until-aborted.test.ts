import { expect, test } from "bun:test";
import { untilAborted } from "./until-aborted.ts";

test("all pieces come through, and the source is closed when the reader leaves", async () => {
  const state = { closed: false };
  async function* source(): AsyncGenerator<number> {
    try {
      yield 1;
      yield 2;
    } finally {
      state.closed = true;
    }
  }
  const never = new AbortController().signal;
  expect(await Array.fromAsync(untilAborted(source(), never))).toEqual([1, 2]);
  state.closed = false;
  for await (const _ of untilAborted(source(), never)) break;
  expect(state.closed).toBe(true);
});

test("an abort ends a wait for a source that stays silent", async () => {
  const controller = new AbortController();
  async function* silent(): AsyncGenerator<number> {
    await new Promise<void>(() => undefined);
    yield 1;
  }
  const reading = Array.fromAsync(untilAborted(silent(), controller.signal)).catch((error: unknown) => error);
  controller.abort(new Error("enough"));
  expect(await reading).toEqual(new Error("enough"));
});
