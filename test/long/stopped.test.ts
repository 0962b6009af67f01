// Nobody waits for a command that works on another container, wherever it stands.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { SCENARIOS } from "../fixtures/faults/scenarios.ts";
import { stopAt } from "../fixtures/faults/stopped.ts";
import { recordFigure } from "../fixtures/figures.ts";

type Ground = Awaited<ReturnType<typeof prepareGround>>;
const made: { ground?: Ground; stops: number } = { stops: 0 };
const ground = (): Ground => made.ground as Ground;

beforeAll(async () => {
  made.ground = await prepareGround();
}, 60_000);
afterAll(async () => {
  recordFigure("commands that were stopped at a step of theirs", `${made.stops}, and nobody else waited for one`);
  await made.ground?.[Symbol.asyncDispose]();
}, 60_000);

const NAMES = ["run -d", "start", "stop", "restart", "exec", "rm -f", "load", "rmi", "commit", "network connect"];
const CHOSEN = SCENARIOS.filter(({ name }) => NAMES.includes(name));

test.each(CHOSEN.map((scenario) => [scenario.name, scenario] as const))(
  "%s: while it stands still at any step, commands for other containers do their work",
  async (_name, scenario) => {
    let at = 1;
    while ((await stopAt(ground(), scenario, at)) !== undefined) at++;
    made.stops += at - 1;
    expect(at).toBeGreaterThan(1);
  },
);
