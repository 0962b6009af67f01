import { expect, test } from "bun:test";
import { fuzz } from "../fixtures/api-fuzz.ts";
import { useEngine } from "../fixtures/engine.ts";
import { useService } from "../fixtures/service.ts";

const engine = useEngine();
const service = useService(engine);
const REQUESTS = 100;

// test/long has more of them, of other seeds.
test(`${REQUESTS} requests made from the description are answered as it says: no 500, and nothing hangs`, async () => {
  expect(await fuzz(engine, service, { seed: 2_026, requests: REQUESTS })).toEqual([]);
  expect(await service.answers()).toBe(true);
});
