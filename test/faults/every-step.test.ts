// A few of the faults that `npm run test:long` makes at every step of every verb; a seed decides which.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { injectFault } from "../fixtures/faults/inject.ts";
import { SCENARIOS } from "../fixtures/faults/scenarios.ts";
import type { FaultKind } from "../fixtures/faults/seam.ts";
import { seeded } from "../fixtures/kill-at-random.ts";

const SEED = 20_261_125;
const FAULTS = 12;
const FIRST_STEPS = 20;
const KINDS: readonly FaultKind[] = ["kill", "kill", "eio", "enospc"];

type Ground = Awaited<ReturnType<typeof prepareGround>>;
const made: { ground?: Ground } = {};
const ground = (): Ground => made.ground as Ground;

beforeAll(async () => {
  made.ground = await prepareGround();
}, 60_000);
afterAll(async () => await ground()[Symbol.asyncDispose](), 60_000);

test("a verb that is killed, or whose disk fails, keeps what it has promised and leaves nothing that cannot be mended", async () => {
  const random = seeded(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const hits: string[] = [];
  for (let tries = 0; hits.length < FAULTS && tries < FAULTS * 3; tries++) {
    const [scenario, kind, at] = [pick(SCENARIOS), pick(KINDS), 1 + Math.floor(random() * FIRST_STEPS)];
    const hit = await injectFault(ground(), scenario, { kind, at });
    if (hit !== undefined) hits.push(`${scenario.name}: ${kind} at ${hit}`);
  }
  expect(hits).toHaveLength(FAULTS);
}, 240_000);
