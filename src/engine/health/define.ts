import { EstibaError } from "../../lib/error.ts";
import type { Healthcheck } from "../../oci/image-config.ts";
import type { HealthCheck, HealthOptions } from "../../state/spec/health.ts";

const NS_PER_MS = 1_000_000;
/** What a test may begin with; HTTP and TCP come from Kubernetes, and are asked from the host. */
const KINDS = ["CMD", "CMD-SHELL", "HTTP", "TCP"];
const START_INTERVAL_MS = 5_000;

/**
 * How a container is checked: what the user asks, over what the image brings, over the peers' defaults; undefined for not at all. Pure.
 * Throws `invalid` for options without a check that they could speak of.
 */
export function defineHealthCheck(
  options: HealthOptions | undefined,
  image: Healthcheck | undefined,
): HealthCheck | undefined {
  const test = options?.test ?? image?.test ?? [];
  if (test[0] === "NONE") return undefined;
  if (test.length === 0) {
    if (options === undefined) return undefined;
    throw withoutTest();
  }
  const brought = fromImage(image);
  const intervalMs = options?.intervalMs ?? brought.intervalMs ?? 30_000;
  return {
    timeoutMs: 30_000,
    retries: 3,
    startPeriodMs: 0,
    startIntervalMs: START_INTERVAL_MS,
    onFailure: "none",
    logDestination: "local",
    maxLogCount: 5,
    maxLogSize: 500,
    ...brought,
    ...options,
    intervalMs,
    test: KINDS.includes(test[0] ?? "") ? test : ["CMD", ...test],
  };
}

type Timing = Partial<Pick<HealthCheck, "intervalMs" | "timeoutMs" | "startPeriodMs" | "startIntervalMs" | "retries">>;

function fromImage(image: Healthcheck | undefined): Timing {
  if (image === undefined) return {};
  const { intervalNs, timeoutNs, startPeriodNs, startIntervalNs, retries } = image;
  return {
    ...(intervalNs === undefined ? {} : { intervalMs: toMs(intervalNs) }),
    ...(timeoutNs === undefined ? {} : { timeoutMs: toMs(timeoutNs) }),
    ...(startPeriodNs === undefined ? {} : { startPeriodMs: toMs(startPeriodNs) }),
    ...(startIntervalNs === undefined ? {} : { startIntervalMs: toMs(startIntervalNs) }),
    ...(retries === undefined ? {} : { retries }),
  };
}

// Below a millisecond it would be 0, which has another meaning.
function toMs(ns: number): number {
  return Math.max(1, Math.round(ns / NS_PER_MS));
}

function withoutTest(): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.no_health_command",
    what: "options for a health check, but neither they nor the image name its command",
    fix: "name one with --health-cmd",
  });
}
