import type { ResourceRequirements } from "kubernetes-types/core/v1";
import type { Resources } from "../../state/spec/resources.ts";
import { quantityOf } from "../schema/quantity.ts";
import { type PlanContext, reject, warn } from "./context.ts";

const PERIOD_US = 100_000;
const SHARES_PER_CPU = 1024;
/** The kernel takes no less. */
const LEAST_QUOTA_US = 1000;
const LEAST_SHARES = 2;
const KNOWN = ["cpu", "memory"];

/** The limits of a container's cgroup. */
export function resourcesOf(context: PlanContext, asked: ResourceRequirements | undefined): Resources {
  const { limits = {}, requests = {} } = asked ?? {};
  for (const amounts of [limits, requests])
    for (const name of Object.keys(amounts))
      if (!KNOWN.includes(name))
        warn(context, [amounts, name], `${name} has no effect: only cpu and memory are limited here`);
  for (const name of KNOWN) {
    const [limit, request] = [amount(limits, name), amount(requests, name)];
    if (limit !== undefined && request !== undefined && request > limit)
      reject(context, [requests, name], `the request for ${name} is above its limit`, "lower it, or raise the limit");
  }
  const [cpu, memory] = [amount(limits, "cpu"), amount(limits, "memory")];
  const share = amount(requests, "cpu");
  const reservation = amount(requests, "memory");
  return {
    ...(cpu === undefined
      ? {}
      : { cpuPeriodUs: PERIOD_US, cpuQuotaUs: Math.max(LEAST_QUOTA_US, Math.round(cpu * PERIOD_US)) }),
    ...(share === undefined ? {} : { cpuShares: Math.max(LEAST_SHARES, Math.round(share * SHARES_PER_CPU)) }),
    ...(memory === undefined ? {} : { memoryBytes: Math.ceil(memory) }),
    ...(reservation === undefined ? {} : { memoryReservationBytes: Math.ceil(reservation) }),
  };
}

function amount(amounts: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = amounts[name];
  return text === undefined ? undefined : quantityOf(text);
}
