import { test } from "bun:test";
import { useEngine } from "../fixtures/engine.ts";
import { seeded } from "../fixtures/kill-at-random.ts";
import { killPodVerb, POD_VERBS } from "../fixtures/pod-kills.ts";

const engine = useEngine();
const ROUNDS = 20;

for (const [index, verb] of POD_VERBS.entries()) {
  test(`pod ${verb}, killed at ${ROUNDS} moments, leaves nothing that cannot be mended`, async () => {
    const random = seeded(4_711 + index);
    for (let round = 0; round < ROUNDS; round++) {
      await killPodVerb(engine, verb, random);
      await engine.expectClean();
    }
  });
}
