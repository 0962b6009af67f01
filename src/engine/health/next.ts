import type { HealthCheck, HealthResult, HealthState } from "../../state/spec/health.ts";
import { inStartPeriod, inStartup } from "./pace.ts";

/** What a check's result makes of a container's health, and whether something must be done about the container. */
export type HealthStep = {
  readonly health: HealthState;
  /** `unhealthy`: what --health-on-failure says; `startup`: the start-up check has failed too often, so it is restarted. */
  readonly verdict: "unhealthy" | "startup" | undefined;
};

/** The next state of health (Podman's healthcheck.go); `ageMs`: how long the run lasted when the check began. Pure. */
export function nextHealth(
  check: HealthCheck,
  health: HealthState,
  result: HealthResult,
  ageMs: number | undefined,
): HealthStep {
  const base = { ...health, checkedAt: result.finishedAt, log: keptLog(check, health.log, result) };
  return inStartup(check, health) ? afterStartup(check, base, result) : afterRegular(check, base, result, ageMs);
}

function keptLog({ maxLogCount }: HealthCheck, log: readonly HealthResult[], result: HealthResult): HealthResult[] {
  const all = [...log, result];
  return maxLogCount === 0 ? all : all.slice(-maxLogCount);
}

function afterRegular(
  check: HealthCheck,
  base: HealthState,
  result: HealthResult,
  ageMs: number | undefined,
): HealthStep {
  if (result.exitCode === 0) return { health: { ...base, status: "healthy", failingStreak: 0 }, verdict: undefined };
  // Who has been healthy has started: from then on failures count (as with Docker).
  if (base.status === "starting" && inStartPeriod(check, ageMs)) return { health: base, verdict: undefined };
  const failingStreak = base.failingStreak + 1;
  if (failingStreak < check.retries) return { health: { ...base, failingStreak }, verdict: undefined };
  return { health: { ...base, status: "unhealthy", failingStreak }, verdict: "unhealthy" };
}

function afterStartup(check: HealthCheck, base: HealthState, result: HealthResult): HealthStep {
  const { successes, failures } = base.startup ?? { successes: 0, failures: 0 };
  const { successes: wanted = 0, retries = 0 } = check.startup ?? {};
  if (result.exitCode === 0) {
    const passed = successes + 1 >= Math.max(1, wanted);
    const startup = { passed, successes: successes + 1, failures: 0 };
    const status = passed ? "healthy" : base.status;
    return { health: { ...base, status, failingStreak: 0, startup }, verdict: undefined };
  }
  const startup = { passed: false, successes: 0, failures: failures + 1 };
  const tooMany = retries > 0 && failures + 1 >= retries;
  return { health: { ...base, startup }, verdict: tooMany ? "startup" : undefined };
}
