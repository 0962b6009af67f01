import { expect, test } from "bun:test";
import { makeClock } from "./clock.ts";

test("time never stands still nor goes back, whatever is done to the clock of the day, and follows it when it can", () => {
  const clocks = { wall: 1_000_000, monotonic: 5 };
  const now = makeClock({ wall: () => clocks.wall, monotonic: () => clocks.monotonic });
  const pass = (ms: number): void => {
    clocks.wall += ms;
    clocks.monotonic += ms;
  };
  expect([now(), now()]).toEqual([1_000_000, 1_000_001]);
  pass(500);
  expect(now()).toBe(1_000_500);
  // An hour back: it goes on as time does.
  clocks.wall -= 3_600_000;
  pass(2_000);
  expect(now()).toBe(1_002_500);
  pass(30_000);
  expect([now(), now()]).toEqual([1_032_500, 1_032_501]);
  // Right again, and ahead.
  clocks.wall += 3_600_000;
  pass(10);
  expect(now()).toBe(1_032_510);
  clocks.wall += 86_400_000;
  expect(now()).toBe(87_432_510);
});
