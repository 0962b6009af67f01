// Nobody waits for a command that works on another container, wherever it stands; and how long what all share is held.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { prepareGround } from "../fixtures/faults/ground.ts";
import { listSteps } from "../fixtures/faults/inject.ts";
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

test("what all containers share is locked, and written, in moments", async () => {
  const log = ground().engine.path("locks.log");
  process.env["ESTIBA_LOCK_LOG"] = log;
  const longest = { ms: 0, of: "nothing" };
  try {
    for (const scenario of CHOSEN) {
      rmSync(log, { force: true });
      await listSteps(ground(), scenario);
      for (const line of existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []) {
        const [ms = "", , path = ""] = line.split(" ");
        // A container's own lock, and that of a file in the making, are nobody else's matter.
        if (/^(container-|\.tmp-|blob-|arrival-)/.test(basename(path)) || Number(ms) <= longest.ms) continue;
        Object.assign(longest, { ms: Number(ms), of: `${basename(path)} by ${scenario.name}` });
      }
    }
  } finally {
    delete process.env["ESTIBA_LOCK_LOG"];
  }
  expect(longest.ms).toBeGreaterThan(0);
  recordFigure(
    "longest that a lock or a transaction which others may wait for was held",
    `${longest.ms} ms (${longest.of})`,
  );
});
