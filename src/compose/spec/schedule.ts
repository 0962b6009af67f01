import type { ContainerSpec } from "../../state/container.ts";
import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Service } from "../service.ts";
import type { SpecContext } from "./context.ts";

/** When a service's container is started by itself. */
export function schedulePart(
  { service }: SpecContext,
  { number }: { readonly number: number },
): Pick<ContainerSpec, "schedule"> {
  const schedule = scheduleOf(service);
  return schedule === undefined || number === 0 ? {} : { schedule };
}

/** The schedule of a service with nothing left open: the zone is that of whoever brings the project up. */
export function scheduleOf(service: Service): ScheduleSpec | undefined {
  const schedule = service["x-estiba"]?.schedule;
  if (schedule === undefined) return undefined;
  const { cron, timezone = Intl.DateTimeFormat().resolvedOptions().timeZone, missed = "skip" } = schedule;
  return { cron, timezone, missed };
}
