import { ageOf } from "../../host/process-facts.ts";
import type { ContainerRecord, ContainerState } from "../../state/container.ts";
import type { HealthCheck, HealthState } from "../../state/spec/health.ts";

/** Whether the start-up check is still to pass, so that it stands in for the regular one. */
export function inStartup(check: HealthCheck, health: HealthState): boolean {
  return check.startup !== undefined && health.startup?.passed !== true;
}

/** Whether failures do not count yet, so long after the start. */
export function inStartPeriod(check: HealthCheck, ageMs: number | undefined): boolean {
  return ageMs !== undefined && ageMs < check.startPeriodMs;
}

/** Milliseconds since the start of this run; undefined when it has not begun. */
export function runAge({ init, startedAt }: ContainerState): number | undefined {
  if (init === undefined || startedAt === undefined) return undefined;
  // The clock may have been set meanwhile, which the kernel's own count does not mind; but `init` may have been long before `start`.
  const [byClock, byKernel] = [Date.now() - startedAt, ageOf(init.startTicks)];
  return byClock < 0 ? byKernel : Math.min(byClock, byKernel);
}

/** Milliseconds from the end of one check to the next; undefined when none is to be made by itself. */
export function checkPace(
  { healthcheck: check }: ContainerRecord,
  state: ContainerState,
  ageMs: number | undefined = runAge(state),
): number | undefined {
  const { health } = state;
  if (check === undefined || health === undefined) return undefined;
  const startup = inStartup(check, health);
  const intervalMs = startup ? (check.startup?.intervalMs ?? 0) : check.intervalMs;
  if (intervalMs === 0) return undefined;
  // Failures of the start-up check count within the start period, too: it keeps its own pace.
  const starting = !startup && health.status === "starting" && inStartPeriod(check, ageMs);
  return starting ? Math.min(check.startIntervalMs, intervalMs) : intervalMs;
}
