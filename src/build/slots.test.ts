import { expect, test } from "bun:test";
import { Slots } from "./slots.ts";

test("no more than so many work at once, in the order they came; whoever is aborted while waiting leaves the queue", async () => {
  const slots = new Slots(1);
  const never = new AbortController().signal;
  const left = new AbortController();
  const gate = Promise.withResolvers<undefined>();
  const order: string[] = [];
  const first = slots.use(never, async () => {
    await gate.promise;
    order.push("first");
  });
  const second = slots.use(left.signal, async () => void order.push("second"));
  const third = slots.use(never, async () => void order.push("third"));
  left.abort(new Error("left"));
  expect(second).rejects.toThrow("left");
  gate.resolve(undefined);
  await Promise.all([first, third, second.catch(() => undefined)]);
  expect(order).toEqual(["first", "third"]);
  await slots.use(never, async () => void order.push("fourth"));
  expect(order.at(-1)).toBe("fourth");
});
