// Images made to reach the host: by links where an engine or a runtime writes, by what the config says, by numbers that wrap, by programs
// in the place of helpers. docs/security.md names for each known hole of the field the test that shows it closed here. Those that are much
// like another are left to test/long.
import { beforeAll, expect, test } from "bun:test";
import { expectContained, makeOutside } from "../fixtures/contain.ts";
import { testRuntimes, useEngine } from "../fixtures/engine.ts";
import { hostileCases } from "../fixtures/hostile-cases.ts";

const engine = useEngine();
const outside = engine.path("outside");
const runtimes = testRuntimes()
  .filter(({ why }) => why === undefined)
  .map(({ name }) => name);

beforeAll(() => makeOutside(outside));

const cases = hostileCases(outside).filter(({ often }) => often === true);

test("the corpus has enough of them", () => expect(cases.length).toBeGreaterThan(20));

// One by one: all of them together are more than one test may take on a busy host.
test.each(cases.map((one) => [one.title, one] as const))(
  `%s: contained or refused, with ${runtimes.join(" and ")}`,
  async (_title, one) => await expectContained(engine, one, { outside, runtimes }),
);
