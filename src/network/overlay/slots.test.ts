import { expect, test } from "bun:test";
import { dealOut, SLOT_SIZES, slotCount } from "./slots.ts";

test("up to sixteen share exactly alike, up to 64 nearly, and up to 256 get something", () => {
  for (let sharers = 1; sharers <= 256; sharers += 1) {
    const dealt = dealOut(
      Array.from({ length: sharers }, (_, index) => `s${index}`),
      (name) => name,
    );
    expect(SLOT_SIZES).toContain(dealt.length);
    const counts = [...Map.groupBy(dealt, (name) => name).values()].map(({ length }) => length);
    expect(counts).toHaveLength(sharers);
    if (sharers <= 16) expect(new Set(counts).size).toBe(1);
    if (sharers <= 64) expect(Math.max(...counts) / Math.min(...counts)).toBeLessThanOrEqual(1.25);
  }
});

test("with nobody there are no slots; the order in which sharers are named does not matter", () => {
  expect(dealOut([], String)).toEqual([]);
  expect(dealOut(["b", "a", "c"], String)).toEqual(dealOut(["c", "b", "a"], String));
  expect(slotCount(1)).toBe(2);
});
