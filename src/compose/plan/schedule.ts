import type { ScheduleSpec } from "../../state/spec/schedule.ts";
import type { Service } from "../service.ts";
import { stableJson } from "./hash.ts";
import type { Change } from "./step.ts";

/** The schedule of a service with nothing left open: the zone is that of whoever brings the project up. */
export function scheduleOf(service: Service): ScheduleSpec | undefined {
  const schedule = service["x-estiba"]?.schedule;
  if (schedule === undefined) return undefined;
  const { cron, timezone = Intl.DateTimeFormat().resolvedOptions().timeZone, missed = "skip" } = schedule;
  return { cron, timezone, missed };
}

/** In what the schedule in force and the one that is wanted differ. */
export function scheduleChanges(inForce: ScheduleSpec, wanted: ScheduleSpec): Change[] {
  if (stableJson(inForce) === stableJson(wanted)) return [];
  const keys = ["cron", "timezone", "missed"] as const;
  return keys.flatMap((key): Change[] =>
    inForce[key] === wanted[key]
      ? []
      : [
          {
            path: `x-estiba.schedule.${key}`,
            before: inForce[key],
            after: wanted[key],
            at: ["x-estiba", "schedule", key],
          },
        ],
  );
}
