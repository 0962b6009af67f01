import { afterAll, beforeAll, expect, test } from "bun:test";
import { TestEngine } from "../../fixtures/engine.ts";
import { startRegistry, type TestRegistry } from "../../fixtures/registry.ts";
import { type Case, readCases } from "./case.ts";
import failing from "./failing.json";
import { loadImages, serveImage } from "./images.ts";
import { runCase } from "./run-case.ts";

// They wait for their containers most of the time: side by side they take as long as the longest.
const MOST_AT_ONCE = 6;
const FAILING: Readonly<Record<string, string>> = failing;

const only = process.env["SCENARIO"];
const all = readCases();
const cases = all.filter(({ name }) => only === undefined || new RegExp(only).test(name));

type World = {
  readonly argv: (words: readonly string[]) => string[];
  readonly folder: string;
  readonly registry: TestRegistry;
};

const engine = new TestEngine();
const ready = Promise.withResolvers<World>();
const results = startAll();

/** Runs all cases side by side, those that publish the same ports of the host one after the other. */
function startAll(): Map<string, Promise<string | undefined>> {
  const settled = new Map(cases.map(({ name }) => [name, Promise.withResolvers<string | undefined>()]));
  const settle = async (one: Case): Promise<void> => {
    const result = settled.get(one.name);
    try {
      const world = await ready.promise;
      result?.resolve(await runCase(one, { ...world, registry: world.registry.host }));
    } catch (error) {
      result?.reject(error);
    }
  };
  const work = async (of: Case[]): Promise<void> => {
    for (let next = of.shift(); next !== undefined; next = of.shift()) await settle(next);
  };
  const queue = cases.filter(({ hostPorts }) => hostPorts === undefined);
  const alone = cases.filter(({ hostPorts }) => hostPorts !== undefined);
  for (const of of [alone, ...Array.from({ length: MOST_AT_ONCE }, () => queue)]) void work(of);
  // Whoever asks for a result is told of its failure; until then it is no unhandled one.
  for (const { promise } of settled.values()) promise.catch(() => undefined);
  return new Map([...settled].map(([name, { promise }]) => [name, promise]));
}

const opened: { registry?: TestRegistry } = {};

beforeAll(async () => {
  const registry = await startRegistry();
  opened.registry = registry;
  await loadImages(engine);
  for (const name of new Set(cases.flatMap(({ registryImages = [] }) => registryImages))) {
    await serveImage(engine, registry, name);
  }
  ready.resolve({ argv: (words) => engine.argv(words), folder: engine.folder, registry });
}, 120_000);

afterAll(async () => {
  await Promise.allSettled(results.values());
  await opened.registry?.[Symbol.asyncDispose]();
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
  const names = all.map(({ name }) => name);
  expect(names.length).toBe(98);
  expect(Object.keys(FAILING).filter((name) => !names.includes(name))).toEqual([]);
  expect(Object.values(FAILING).filter((reason) => reason.length < 10)).toEqual([]);
});

test("nothing is left in kernel or disk when all are done", async () => {
  await Promise.allSettled(results.values());
  await engine.expectClean();
}, 600_000);
