import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { injectFault } from "../fixtures/faults/inject.ts";
import { SCENARIOS } from "../fixtures/faults/scenarios.ts";
import type { FaultKind } from "../fixtures/faults/seam.ts";
import { recordFigure } from "../fixtures/figures.ts";

// At step 1, 2, 3 ... until the command is over before the fault.
const KINDS: readonly FaultKind[] = ["kill", "eio", "enospc"];

type Ground = Awaited<ReturnType<typeof prepareGround>>;
const made: { ground?: Ground; faults: number } = { faults: 0 };
const ground = (): Ground => made.ground as Ground;

beforeAll(async () => {
  made.ground = await prepareGround();
}, 60_000);
afterAll(async () => {
  recordFigure(
    "faults at each step of 43 verbs: kill, EIO, ENOSPC",
    `${made.faults}, all mended, nothing left, nothing lost`,
  );
  await ground()[Symbol.asyncDispose]();
}, 60_000);

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_name, scenario) => {
  test.each(KINDS)("keeps its promises, and leaves nothing, at each step: %s", async (kind) => {
    let at = 1;
    while ((await injectFault(ground(), scenario, { kind, at })) !== undefined) at++;
    made.faults += at - 1;
    expect(at).toBeGreaterThan(1);
  });
});
