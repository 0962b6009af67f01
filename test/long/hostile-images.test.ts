import { afterAll, beforeAll, test } from "bun:test";
import { expectContained, makeOutside } from "../fixtures/contain.ts";
import { testRuntimes, useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { hostileCases } from "../fixtures/hostile-cases.ts";

const engine = useEngine();
const outside = engine.path("outside");
const runtimes = testRuntimes()
  .filter(({ why }) => why === undefined)
  .map(({ name }) => name);

const made = { contained: 0 };

beforeAll(() => makeOutside(outside));
afterAll(() => {
  const all = hostileCases(outside).length;
  recordFigure(`hostile images, with ${runtimes.join(" and ")}`, `${made.contained} of ${all} contained or refused`);
});

for (const one of hostileCases(outside)) {
  test(`${one.title}: contained or refused`, async () => {
    await expectContained(engine, one, { outside, runtimes });
    made.contained++;
  });
}
