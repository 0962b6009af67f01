import { expect, test } from "bun:test";
import { PLACED, placeMany } from "../fixtures/cluster/many-nodes.ts";
import { simulate } from "../fixtures/cluster/simulation.ts";

const WANTED_PER_SECOND = 5_000;

test("a hundred thousand steps of random faults, each history healed", () => {
  for (let seed = 1_000; seed < 1_250; seed++) simulate({ seed, steps: 400 });
}, 900_000);

test("at a thousand nodes with fifty thousand tasks, more than five thousand tasks find their place in a second", () => {
  const { placed, seconds } = placeMany();
  expect(placed).toBe(PLACED);
  console.log(`${Math.round(PLACED / seconds)} placements a second`);
  // A machine of this kind does several times as many.
  expect(PLACED / seconds).toBeGreaterThan(WANTED_PER_SECOND);
}, 60_000);
