import { expect, test } from "bun:test";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import type { RestartPolicy } from "../state/spec/restart.ts";
import { mayRestart, restartDelay, wishAfter } from "./restart-policy.ts";

const recordWith = (restart: RestartPolicy | undefined, autoRemove = false): ContainerRecord =>
  ({ spec: { autoRemove, ...(restart === undefined ? {} : { restart }) } }) as ContainerRecord;
const ALWAYS = recordWith({ name: "always" });
const RUNNING: ContainerState = { status: "running" };
const ranFor = (ms: number, code = 1) => ({ code, startedAt: 1_000, finishedAt: 1_000 + ms });

test("the back-off doubles from 100 ms to a minute, and begins anew after ten seconds of running", () => {
  const delays: number[] = [];
  for (let round = 0; round < 12; round++) {
    const last = delays.at(-1);
    const state = last === undefined ? RUNNING : { ...RUNNING, restartDelayMs: last };
    delays.push(restartDelay(ALWAYS, state, ranFor(50)) ?? -1);
  }
  expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  expect(restartDelay(ALWAYS, { ...RUNNING, restartDelayMs: 60_000 }, ranFor(9_999))).toBe(60_000);
  expect(restartDelay(ALWAYS, { ...RUNNING, restartDelayMs: 60_000 }, ranFor(10_000))).toBe(100);
});

test("each policy asks for what it says", () => {
  const asks = (restart: RestartPolicy | undefined, code: number, restartCount = 0): boolean =>
    restartDelay(recordWith(restart), { ...RUNNING, restartCount }, ranFor(0, code)) !== undefined;
  expect([asks(undefined, 1), asks({ name: "no" }, 1)]).toEqual([false, false]);
  expect([asks({ name: "always" }, 0), asks({ name: "unless-stopped" }, 0)]).toEqual([true, true]);
  expect([asks({ name: "on-failure" }, 0), asks({ name: "on-failure" }, 137, 1_000)]).toEqual([false, true]);
  const twice: RestartPolicy = { name: "on-failure", maxRetries: 2 };
  expect([asks(twice, 1, 0), asks(twice, 1, 1), asks(twice, 1, 2)]).toEqual([true, true, false]);
});

test("what is ended on purpose stays ended, unless it is ended to be started again", () => {
  for (const ending of ["user", "shutdown"] as const)
    expect(restartDelay(ALWAYS, { ...RUNNING, ending }, ranFor(0))).toBeUndefined();
  expect(restartDelay(ALWAYS, { status: "stopping" }, ranFor(0))).toBeUndefined();
  expect(restartDelay(ALWAYS, { status: "initialized" }, ranFor(0))).toBeUndefined();
  expect(restartDelay(recordWith(undefined), { status: "stopping", ending: "restart" }, ranFor(0))).toBe(100);
  expect(restartDelay(recordWith({ name: "always" }, true), RUNNING, ranFor(0))).toBeUndefined();
});

test("for the next boot a user's stop and a final end are written down, a shutdown and a restart are not", () => {
  expect(wishAfter(ALWAYS, { status: "stopping", ending: "user" }, false)).toBe("stopped");
  expect(wishAfter(ALWAYS, { status: "running", ending: "user" }, false)).toBe("stopped");
  expect(wishAfter(recordWith({ name: "on-failure" }), RUNNING, false)).toBe("ended");
  expect(wishAfter(ALWAYS, { status: "stopping", ending: "shutdown" }, false)).toBeUndefined();
  expect(wishAfter(ALWAYS, { status: "stopping", ending: "user", keep: true }, false)).toBeUndefined();
  expect(wishAfter(ALWAYS, RUNNING, true)).toBeUndefined();
  expect(wishAfter(recordWith(undefined), RUNNING, false)).toBeUndefined();
});

test("a container without policy and health check never waits for a restart", () => {
  expect([mayRestart(recordWith(undefined)), mayRestart(ALWAYS)]).toEqual([false, true]);
});
