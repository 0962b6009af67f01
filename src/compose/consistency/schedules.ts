import { isEstibaError } from "../../lib/error.ts";
import type { Node } from "../../lib/yaml/node.ts";
import { problemAt } from "../../lib/yaml/problem.ts";
import { at, pairs, textAt } from "../edit.ts";

/** Refuses schedules that are none, and what cannot be where a service runs now and then only. The library for them is loaded where there are any. */
export async function checkSchedules(services: Node | undefined): Promise<void> {
  const scheduled = pairs(services).flatMap(([name, service]) => {
    const schedule = at(service, "x-estiba", "schedule");
    return schedule === undefined ? [] : [{ name, service, schedule }];
  });
  if (scheduled.length === 0) return;
  const { nextRun } = await import("../../engine/schedule/next-run.ts");
  for (const { name, service, schedule } of scheduled) {
    const cron = at(schedule, "cron") ?? schedule;
    if (nextRunAt(nextRun, schedule, cron) === undefined)
      throw wrong(cron, `service "${name}": no day is ever as "${textAt(cron)}" says`, "give it a day that comes");
    const restart = at(service, "restart");
    if (["always", "unless-stopped"].includes(textAt(restart) ?? ""))
      throw wrong(
        restart ?? service,
        `service "${name}" runs by a schedule, and is to be restarted whenever it ends`,
        "leave restart out, or write on-failure",
        schedule,
      );
  }
  refuseDependents(services, new Map(scheduled.map(({ name, schedule }) => [name, schedule])));
}

type NextRun = typeof import("../../engine/schedule/next-run.ts").nextRun;

function nextRunAt(nextRun: NextRun, schedule: Node, cron: Node): number | undefined {
  const timezone = at(schedule, "timezone");
  try {
    return nextRun({ cron: textAt(cron) ?? "", timezone: textAt(timezone) ?? "UTC" }, Date.now());
  } catch (error) {
    if (!isEstibaError(error, "invalid")) throw error;
    const zone = timezone !== undefined && !isZone(textAt(timezone) ?? "");
    throw problemAt(zone ? timezone.origin : cron.origin, {
      reason: "compose.bad_schedule",
      what: zone ? `there is no time zone "${textAt(timezone)}"` : `"${textAt(cron)}" is no schedule`,
      ...(zone ? {} : { cause: error.cause }),
      fix: zone ? "write one such as Europe/Berlin, or UTC" : "write minute hour day month weekday, such as: 0 3 * * *",
    });
  }
}

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

/** Nobody can wait for what starts next week. */
function refuseDependents(services: Node | undefined, scheduled: ReadonlyMap<string, Node>): void {
  for (const [name, service] of pairs(services)) {
    const dependencies = at(service, "depends_on");
    if (dependencies?.kind !== "dict") continue;
    for (const [other, { key }] of dependencies.entries) {
      const schedule = scheduled.get(other);
      if (schedule === undefined) continue;
      throw problemAt(key, {
        reason: "compose.inconsistent",
        what: `service "${name}" depends on "${other}", which runs by a schedule: up does not start it`,
        also: schedule.origin,
        fix: "leave the dependency out",
      });
    }
  }
}

function wrong(node: Node, what: string, fix: string, also?: Node): Error {
  const place = also === undefined ? {} : { also: also.origin };
  return problemAt(node.origin, { reason: "compose.inconsistent", what, fix, ...place });
}
