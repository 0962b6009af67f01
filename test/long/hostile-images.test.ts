import { beforeAll, test } from "bun:test";
import { expectContained, makeOutside } from "../fixtures/contain.ts";
import { testRuntimes, useEngine } from "../fixtures/engine.ts";
import { hostileCases } from "../fixtures/hostile-cases.ts";

const engine = useEngine();
const outside = engine.path("outside");
const runtimes = testRuntimes()
  .filter(({ why }) => why === undefined)
  .map(({ name }) => name);

beforeAll(() => makeOutside(outside));

for (const one of hostileCases(outside)) {
  test(`${one.title}: contained or refused`, async () => await expectContained(engine, one, { outside, runtimes }));
}
