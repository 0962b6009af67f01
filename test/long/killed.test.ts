import { afterAll, test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { killInTheMiddle, SCENARIOS, seeded } from "../fixtures/kill-at-random.ts";

const engine = useEngine();
const SEED = 4_711;
const ROUNDS = 43;

const made = { rounds: 0 };
afterAll(() => recordFigure("commands killed at random moments", `${made.rounds}, all mended, nothing left`));

for (const [index, scenario] of SCENARIOS.entries()) {
  test(`${scenario.name}, killed at ${ROUNDS} moments, leaves nothing that cannot be mended`, async () => {
    const random = seeded(SEED + index);
    for (let round = 0; round < ROUNDS; round++) {
      await killInTheMiddle(engine, scenario, random);
      made.rounds++;
    }
  });
}
