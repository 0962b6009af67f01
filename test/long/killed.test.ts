import { expect, test } from "bun:test";
import { useGround } from "../fixtures/faults/use-ground.ts";
import { killInTheMiddle, SCENARIOS, seeded } from "../fixtures/kill-at-random.ts";

const SEED = 4_711;
const ROUNDS = 43;
/** So that no two rounds have a seed in common. */
const APART = 1_000;

const { goThrough } = useGround("killed");

for (const [index, scenario] of SCENARIOS.entries()) {
  test(`${scenario.name}, killed at ${ROUNDS} moments, leaves nothing that cannot be mended`, async () => {
    const failures = await goThrough(scenario.name, async ({ engine }, at) => {
      if (at > ROUNDS) return undefined;
      await killInTheMiddle(engine, scenario, seeded((SEED + index) * APART + at));
      return { faults: 1 };
    });
    expect(failures).toEqual([]);
  });
}
