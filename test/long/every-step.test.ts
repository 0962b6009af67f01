import { describe, expect, test } from "bun:test";
import { injectFault } from "../fixtures/faults/inject.ts";
import { SCENARIOS } from "../fixtures/faults/scenarios.ts";
import type { FaultKind } from "../fixtures/faults/seam.ts";
import { useGround } from "../fixtures/faults/use-ground.ts";

// At step 1, 2, 3 ... until the command is over before the fault.
const KINDS: readonly FaultKind[] = ["kill", "eio", "enospc"];

const { goThrough } = useGround("every-step");

describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (name, scenario) => {
  test.each(KINDS)("keeps its promises, and leaves nothing, at each step: %s", async (kind) => {
    const failures = await goThrough(`${name} ${kind}`, async (ground, at) => {
      const hit = await injectFault(ground, scenario, { kind, at });
      if (hit === undefined) expect(at).toBeGreaterThan(1);
      return hit === undefined ? undefined : { faults: 1, hit: hit.split(" ")[0] ?? "" };
    });
    expect(failures).toEqual([]);
  });
});
