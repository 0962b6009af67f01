import { describe, expect, test } from "bun:test";
import type { ContainerRecord } from "../../state/container.ts";
import type { HealthCheck, HealthState } from "../../state/spec/health.ts";
import { defineHealthCheck } from "./define.ts";
import { nextHealth } from "./next.ts";
import { checkPace } from "./pace.ts";

const CHECK: HealthCheck = {
  test: ["CMD", "check"],
  intervalMs: 30_000,
  timeoutMs: 30_000,
  retries: 3,
  startPeriodMs: 0,
  startIntervalMs: 5_000,
  onFailure: "none",
  logDestination: "local",
  maxLogCount: 5,
  maxLogSize: 500,
};
const NEW: HealthState = { status: "starting", failingStreak: 0, log: [] };

/** The health after checks with these exit codes, one second apart, and the last verdict. */
function after(check: HealthCheck, codes: readonly number[], first: HealthState = NEW) {
  let health = first;
  let verdict: string | undefined;
  codes.forEach((exitCode, index) => {
    const ageMs = index * 1_000;
    const result = { startedAt: ageMs, finishedAt: ageMs, exitCode, output: "" };
    ({ health, verdict } = nextHealth(check, health, result, ageMs));
  });
  return { status: health.status, failingStreak: health.failingStreak, verdict, health };
}

describe("the next health", () => {
  test("is unhealthy after so many failures in a row, and healthy with the first that passes", () => {
    expect(after(CHECK, [1, 1])).toMatchObject({ status: "starting", failingStreak: 2, verdict: undefined });
    expect(after(CHECK, [1, 1, 1])).toMatchObject({ status: "unhealthy", failingStreak: 3, verdict: "unhealthy" });
    expect(after(CHECK, [1, 1, 0, 1, 1])).toMatchObject({ status: "healthy", failingStreak: 2, verdict: undefined });
    expect(after(CHECK, [-1, 1, 1, 0])).toMatchObject({ status: "healthy", failingStreak: 0, verdict: undefined });
  });

  test("does not mind failures in the start period, until one has passed", () => {
    const check = { ...CHECK, startPeriodMs: 2_500, retries: 1 };
    expect(after(check, [1, 1, 1])).toMatchObject({ status: "starting", failingStreak: 0, verdict: undefined });
    expect(after(check, [1, 1, 1, 1])).toMatchObject({ status: "unhealthy", verdict: "unhealthy" });
    expect(after(check, [0, 1])).toMatchObject({ status: "unhealthy", failingStreak: 1 });
  });

  test("keeps the last results, or all", () => {
    expect(after({ ...CHECK, maxLogCount: 2 }, [5, 6, 7]).health.log.map(({ exitCode }) => exitCode)).toEqual([6, 7]);
    expect(after({ ...CHECK, maxLogCount: 0 }, [1, 2, 3, 4, 5, 6, 7]).health.log).toHaveLength(7);
  });

  test("waits for the start-up check, which wants successes in a row, and restarts after too many failures", () => {
    const startup = { test: ["CMD", "up"], intervalMs: 1_000, timeoutMs: 1_000, retries: 2, successes: 2 };
    const check = { ...CHECK, startup };
    expect(after(check, [0])).toMatchObject({ status: "starting", verdict: undefined });
    expect(after(check, [0, 1, 0])).toMatchObject({ status: "starting", verdict: undefined });
    expect(after(check, [0, 0])).toMatchObject({ status: "healthy", failingStreak: 0 });
    expect(after(check, [1, 1])).toMatchObject({ status: "starting", verdict: "startup" });
    expect(after(check, [0, 0, 1, 1, 1])).toMatchObject({ status: "unhealthy", verdict: "unhealthy" });
    expect(after({ ...check, startup: { ...startup, retries: 0 } }, [1, 1, 1, 1])).toMatchObject({
      verdict: undefined,
    });
  });
});

describe("the pace", () => {
  const pace = (check: Partial<HealthCheck>, health: HealthState = NEW, ageMs = 0): number | undefined =>
    checkPace({ healthcheck: { ...CHECK, ...check } } as ContainerRecord, { status: "running", health }, ageMs);

  test("is the interval; within the start period its own, as long as nothing has passed", () => {
    expect(pace({})).toBe(30_000);
    expect(pace({ startPeriodMs: 60_000 })).toBe(5_000);
    expect(pace({ startPeriodMs: 60_000, intervalMs: 1_000 })).toBe(1_000);
    expect(pace({ startPeriodMs: 60_000 }, { ...NEW, status: "healthy" })).toBe(30_000);
    expect(pace({ startPeriodMs: 60_000 }, NEW, 61_000)).toBe(30_000);
  });

  test("is none with an interval of 0, and the start-up check's as long as that is made", () => {
    const startup = { test: ["CMD", "up"], intervalMs: 700, timeoutMs: 1_000, retries: 0, successes: 0 };
    expect(pace({ intervalMs: 0 })).toBeUndefined();
    expect(pace({ intervalMs: 0, startup })).toBe(700);
    expect(pace({ startPeriodMs: 60_000, startIntervalMs: 100, startup })).toBe(700);
    const passed = { passed: true, successes: 1, failures: 0 };
    expect(pace({ intervalMs: 0, startup }, { ...NEW, startup: passed })).toBeUndefined();
  });
});

describe("the definition", () => {
  test("takes options before the image, and the image before the defaults", () => {
    const image = { test: ["CMD-SHELL", "curl"], intervalNs: 2_000_000_000, retries: 9 };
    expect(defineHealthCheck({ retries: 4 }, image)).toEqual({
      ...CHECK,
      test: ["CMD-SHELL", "curl"],
      intervalMs: 2_000,
      retries: 4,
    });
    expect(defineHealthCheck({ test: ["CMD", "check"] }, undefined)).toEqual(CHECK);
  });

  test("is none without a test, or with NONE of either", () => {
    expect(defineHealthCheck(undefined, undefined)).toBeUndefined();
    expect(defineHealthCheck(undefined, { test: [] })).toBeUndefined();
    expect(defineHealthCheck(undefined, { test: ["NONE"] })).toBeUndefined();
    expect(defineHealthCheck({ test: ["NONE"] }, { test: ["CMD", "a"] })).toBeUndefined();
    expect(() => defineHealthCheck({ retries: 1 }, undefined)).toThrow("command");
  });
});
