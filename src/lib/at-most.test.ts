import { expect, test } from "bun:test";
import { atMost } from "./at-most.ts";

const ITEMS = [0, 1, 2, 3, 4, 5, 6];

test("as many calls as allowed are under way, never more, and they begin in order", async () => {
  const seen = { now: 0, most: 0, order: [] as number[] };
  const work = atMost(3, async (item: number) => {
    seen.order.push(item);
    seen.most = Math.max(seen.most, ++seen.now);
    await Bun.sleep(1);
    seen.now--;
    return item * 2;
  });
  expect(await Promise.all(ITEMS.map(work))).toEqual(ITEMS.map((item) => item * 2));
  expect(seen).toEqual({ now: 0, most: 3, order: ITEMS });
});

test("a failure is told to its caller, and gives its turn to the next", async () => {
  const work = atMost(1, async (item: number) => {
    await Bun.sleep(0);
    if (item % 2 === 0) throw new Error(`no ${item}`);
    return item;
  });
  const results = await Promise.allSettled(ITEMS.map(work));
  expect(results.map(({ status }) => status === "fulfilled")).toEqual(ITEMS.map((item) => item % 2 === 1));
});
