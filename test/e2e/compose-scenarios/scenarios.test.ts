import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { TestEngine } from "../../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../../fixtures/registry.ts";
import { type Case, casesFolder, readCases } from "./case.ts";
import failing from "./failing.json";
import { loadImages, serveImage } from "./images.ts";
import { runCase } from "./run-case.ts";

const MOST_AT_ONCE = 4;
const FAILING: Readonly<Record<string, string>> = failing;

const folder = casesFolder();
const only = process.env["SCENARIO"];
const cases =
  folder === undefined ? [] : readCases(folder).filter(({ name }) => only === undefined || new RegExp(only).test(name));

/** Runs all cases side by side, those that publish the same ports of the host one after the other. */
function startAll(world: () => Promise<World>): Map<string, Promise<string | undefined>> {
  const results = new Map(cases.map(({ name }) => [name, Promise.withResolvers<string | undefined>()]));
  const settle = async (one: Case): Promise<void> => {
    const result = results.get(one.name);
    try {
      result?.resolve(await runCase(one, { ...(await world()), registry: (await world()).registry.host }));
    } catch (error) {
      result?.reject(error);
    }
  };
  const queue = cases.filter(({ hostPorts }) => hostPorts === undefined);
  const alone = cases.filter(({ hostPorts }) => hostPorts !== undefined);
  const work = async (of: Case[]): Promise<void> => {
    for (let next = of.shift(); next !== undefined; next = of.shift()) await settle(next);
  };
  for (const of of [alone, ...Array.from({ length: MOST_AT_ONCE }, () => queue)]) void work(of);
  for (const { promise } of results.values()) promise.catch(() => undefined);
  return new Map([...results].map(([name, { promise }]) => [name, promise]));
}

type World = { argv: (words: readonly string[]) => string[]; folder: string; registry: TestRegistry };

describe.skipIf(folder === undefined)("the scenarios of ../shared/compose-scenarios", () => {
  const engine = new TestEngine();
  const ready = Promise.withResolvers<World>();
  const results = startAll(async () => await ready.promise);
  let registry: TestRegistry | undefined;

  beforeAll(async () => {
    registry = await startRegistry();
    await loadImages(engine);
    for (const name of new Set(cases.flatMap(({ registryImages = [] }) => registryImages))) {
      await serveImage(engine, registry, name);
    }
    ready.resolve({ argv: (words) => engine.argv(words), folder: engine.folder, registry });
  }, 60_000);

  afterAll(async () => {
    await Promise.allSettled(results.values());
    await registry?.[Symbol.asyncDispose]();
    await engine.dispose();
  }, 120_000);

  for (const { name, intent } of cases) {
    test(`${name}: ${intent}`, async () => {
      const reason = await results.get(name);
      const known = FAILING[name];
      // A case that is listed and passes has to leave the list.
      if (known === undefined) expect(reason).toBeUndefined();
      else expect({ name, passes: reason === undefined }).toEqual({ name, passes: false });
    }, 600_000);
  }

  test("failing.json names cases that there are, each with its reason", () => {
    const all = folder === undefined ? [] : readCases(folder).map(({ name }) => name);
    expect(Object.keys(FAILING).filter((name) => !all.includes(name))).toEqual([]);
    expect(Object.values(FAILING).filter((reason) => reason.length < 10)).toEqual([]);
  });

  test("nothing is left in kernel or disk when all are done", async () => {
    await Promise.allSettled(results.values());
    await engine.expectClean();
  }, 600_000);
});
