// Faults upon faults: what one command leaves when it is killed, or when its disk fails, is what the next one finds, which fails as well.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lengths, runChain } from "../fixtures/faults/chain.ts";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { recordFigure } from "../fixtures/figures.ts";
import { seeded } from "../fixtures/kill-at-random.ts";

const SEED = 8_128;
const SEEDS = 40;
const CHAINS = 10;
const FAULTS = 10;

type Ground = Awaited<ReturnType<typeof prepareGround>>;
const made: { ground?: Ground; faults: number; seeds: number } = { faults: 0, seeds: 0 };
const lengths: Lengths = new Map();

beforeAll(async () => {
  made.ground = await prepareGround();
}, 60_000);
afterAll(async () => {
  // A part of them, or one that failed, is no figure.
  if (made.seeds === SEEDS)
    recordFigure(
      `faults at random steps of random commands, ${FAULTS} upon each other: kill, EIO, ENOSPC`,
      `${made.faults}, all mended, nothing left, nothing lost`,
    );
  await made.ground?.[Symbol.asyncDispose]();
}, 60_000);

test.each(Array.from({ length: SEEDS }, (_, index) => SEED + index))(
  `${CHAINS} chains of ${FAULTS} faults keep what was promised, and leave nothing: seed %p`,
  async (seed) => {
    const [ground, random] = [made.ground as Ground, seeded(seed)];
    const hits: number[] = [];
    for (let chain = 0; chain < CHAINS; chain++) hits.push(await runChain(ground, random, { faults: FAULTS, lengths }));
    expect(hits).toEqual(Array.from({ length: CHAINS }, () => FAULTS));
    const { code, stdout } = await ground.engine.run(["system", "check"]);
    expect([code, stdout]).toEqual([0, ""]);
    expect(await ground.engine.ok(["ps", "-a", "--format", "{{.Names}} {{.State}}"])).toBe("neighbour running");
    made.faults += CHAINS * FAULTS;
    made.seeds++;
  },
);
