// Faults upon faults: what one command leaves when it is killed, or when its disk fails, is what the next one finds, which fails as well.
import { expect, test } from "bun:test";
import { type Lengths, runChain } from "../fixtures/faults/chain.ts";
import { useGround } from "../fixtures/faults/use-ground.ts";
import { seeded } from "../fixtures/kill-at-random.ts";

const SEED = 8_128;
const SEEDS = 40;
const CHAINS = 10;
const FAULTS = 10;
/** So that no two chains have a seed in common. */
const APART = 1_000;

const { goThrough } = useGround("fault-chains");
const lengths: Lengths = new Map();

test.each(Array.from({ length: SEEDS }, (_, index) => SEED + index))(
  `${CHAINS} chains of ${FAULTS} faults keep what was promised, and leave nothing: seed %p`,
  async (seed) => {
    const failures = await goThrough(String(seed), async (ground, at) => {
      if (at > CHAINS) return undefined;
      const faults = await runChain(ground, seeded(seed * APART + at), { faults: FAULTS, lengths });
      expect(faults).toBe(FAULTS);
      return { faults };
    });
    expect(failures).toEqual([]);
  },
);
