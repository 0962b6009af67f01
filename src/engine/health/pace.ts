import type { ContainerRecord, ContainerState } from "../../state/container.ts";
import type { HealthCheck, HealthState } from "../../state/spec/health.ts";

/** Whether the start-up check is still to pass, so that it stands in for the regular one. */
export function inStartup(check: HealthCheck, health: HealthState): boolean {
  return check.startup !== undefined && health.startup?.passed !== true;
}

/** Whether failures do not count yet. */
export function inStartPeriod(check: HealthCheck, startedAt: number | undefined, now: number): boolean {
  return startedAt !== undefined && now < startedAt + check.startPeriodMs;
}

/** Milliseconds from the end of one check to the next; undefined when none is to be made by itself. */
export function checkPace({ healthcheck: check }: ContainerRecord, state: ContainerState): number | undefined {
  const { health, startedAt } = state;
  if (check === undefined || health === undefined) return undefined;
  const intervalMs = inStartup(check, health) ? (check.startup?.intervalMs ?? 0) : check.intervalMs;
  if (intervalMs === 0) return undefined;
  const starting = health.status === "starting" && inStartPeriod(check, startedAt, Date.now());
  return starting ? Math.min(check.startIntervalMs, intervalMs) : intervalMs;
}
