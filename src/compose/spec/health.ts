import type { ContainerSpec } from "../../state/container.ts";
import type { HealthOptions } from "../../state/spec/health.ts";
import type { SpecContext } from "./context.ts";

/** How a service's health is checked. */
export function healthPart(
  { service }: SpecContext,
  { number }: { readonly number: number },
): Pick<ContainerSpec, "healthcheck"> {
  const { healthcheck } = service;
  // What somebody runs and waits for is not begun anew behind their back.
  const acted =
    service["x-estiba"]?.restart_unhealthy === true && number > 0 ? ({ onFailure: "restart" } as const) : undefined;
  if (healthcheck === undefined) return acted === undefined ? {} : { healthcheck: acted };
  if (healthcheck.disable === true) return { healthcheck: { test: ["NONE"] } };
  const { test, interval, timeout, retries, start_period, start_interval } = healthcheck;
  const options: HealthOptions = {
    ...acted,
    ...(test === undefined || test.length === 0 ? {} : { test }),
    // 0 is "inherit" in the API that Compose speaks.
    ...(interval === undefined || interval === 0 ? {} : { intervalMs: interval }),
    ...(timeout === undefined || timeout === 0 ? {} : { timeoutMs: timeout }),
    ...(retries === undefined || retries === 0 ? {} : { retries }),
    ...(start_period === undefined ? {} : { startPeriodMs: start_period }),
    ...(start_interval === undefined || start_interval === 0 ? {} : { startIntervalMs: start_interval }),
  };
  return { healthcheck: options };
}
