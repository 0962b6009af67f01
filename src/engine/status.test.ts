import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTicksOf } from "../host/process.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { putState } from "../state/containers.ts";
import { type Engine, openEngine } from "./engine.ts";
import { observe } from "./status.ts";
import { waitForExit } from "./wait.ts";

const made: { engine?: Engine; folder: string } = { folder: "" };
const ID = "a".repeat(64);
const RECORD = { id: ID } as ContainerRecord;
const GONE = { pid: 1, startTicks: -1 };
const RUNNING: ContainerState = { status: "running", init: GONE, monitor: GONE, startedAt: 1 };
const EXIT = { code: 3, startedAt: 1, finishedAt: 2, oomKilled: false };

beforeAll(() => {
  made.folder = mkdtempSync(join(tmpdir(), "estiba-status-"));
  made.engine = openEngine({ root: made.folder, runRoot: join(made.folder, "run") });
});
afterAll(() => rmSync(made.folder, { recursive: true, force: true }));

/** An engine on which somebody writes down another state just before the exit file is looked for. */
function overtakenBy(after: ContainerState): Engine {
  const engine = made.engine as Engine;
  const { exits } = engine.paths;
  const paths = Object.defineProperty({ ...engine.paths }, "exits", {
    get: () => {
      putState(engine.live, ID, after);
      return exits;
    },
  });
  putState(engine.live, ID, RUNNING);
  return Object.create(engine, { paths: { value: paths } }) as Engine;
}

test("a run that is cleaned up while one looks has ended as it did, not without a code", async () => {
  const ended: ContainerState = { status: "exited", exit: EXIT };
  expect(observe(overtakenBy(ended), RECORD)).toMatchObject({ status: "exited", exit: EXIT });
  expect(await waitForExit(overtakenBy(ended), ID)).toEqual(EXIT);
});

test("a container that is started again while one looks is shown as it is then", () => {
  const own = { pid: process.pid, startTicks: startTicksOf(process.pid) ?? 0 };
  const again: ContainerState = { status: "running", init: own, monitor: own, startedAt: 3 };
  expect(observe(overtakenBy(again), RECORD)).toMatchObject({ status: "running", state: again });
});

test("a run whose monitor was killed, too, counts as killed", async () => {
  expect(await waitForExit(overtakenBy(RUNNING), ID)).toMatchObject({ code: 137 });
});
