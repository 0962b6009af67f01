import { printHealth } from "../engine/health/log.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";

const NS_PER_MS = 1_000_000;

/** `State.Health` of inspect; nothing for a container without a check. Pure. */
export function inspectHealth(state: ContainerState | undefined): Record<string, unknown> {
  return state?.health === undefined ? {} : { Health: printHealth(state.health) };
}

/** How a container is checked, as `Config` of inspect has it (Podman's names); nothing for one without a check. Pure. */
export function inspectHealthConfig({ healthcheck: check }: ContainerRecord): Record<string, unknown> {
  if (check === undefined) return {};
  const { startup } = check;
  return {
    Healthcheck: {
      Test: check.test,
      StartPeriod: check.startPeriodMs * NS_PER_MS,
      StartInterval: check.startIntervalMs * NS_PER_MS,
      ...timing(check),
      Retries: check.retries,
    },
    HealthcheckOnFailureAction: check.onFailure,
    HealthLogDestination: check.logDestination,
    HealthcheckMaxLogCount: check.maxLogCount,
    HealthcheckMaxLogSize: check.maxLogSize,
    ...(startup === undefined
      ? {}
      : {
          StartupHealthCheck: {
            Test: startup.test,
            ...timing(startup),
            Retries: startup.retries,
            Successes: startup.successes,
          },
        }),
  };
}

function timing({ intervalMs, timeoutMs }: { intervalMs: number; timeoutMs: number }): Record<string, unknown> {
  return { Interval: intervalMs * NS_PER_MS, Timeout: timeoutMs * NS_PER_MS };
}
