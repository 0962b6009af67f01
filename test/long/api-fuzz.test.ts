import { afterAll, expect, test } from "bun:test";
import { fuzz } from "../fixtures/api-fuzz.ts";
import { useEngine } from "../fixtures/engine.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const REQUESTS = 4_000;
const SEEDS = [1, 2, 3, 4, 5];

const made = { requests: 0 };
afterAll(() => recordFigure("requests made from the API's description", `${made.requests}, none answered with 500`));

for (const seed of SEEDS) {
  test(`${REQUESTS} requests of the seed ${seed} are answered as described, and the service holds no more afterwards`, async () => {
    const before = service.descriptors();
    expect(await fuzz(engine, service, { seed, requests: REQUESTS })).toEqual([]);
    made.requests += REQUESTS;
    // A handful belongs to what was loaded meanwhile.
    expect(service.descriptors()).toBeLessThan(before + 20);
  });
}
