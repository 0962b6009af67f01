import { SCHEDULE_LABELS } from "../../cluster/model/schedule.ts";
import { badOption } from "../container/bad-option.ts";
import { countOf, durationMs, type RuleValues } from "./rules.ts";

/**
 * The labels that the options of a schedule stand for. `unless` says where they are of no use; undefined where they are. Throws `invalid`
 * naming the option.
 */
export function scheduleLabels(values: RuleValues, unless: string | undefined): Record<string, string> {
  durationMs("--schedule-deadline", values["schedule-deadline"]);
  const given = {
    cron: values.schedule,
    timezone: values["schedule-timezone"],
    overlap: values["schedule-overlap"],
    deadline: values["schedule-deadline"],
    history: countOf("--schedule-history", values["schedule-history"])?.toString(),
  };
  const labels: Record<string, string> = {};
  for (const [part, label] of Object.entries(SCHEDULE_LABELS)) {
    const text = given[part as keyof typeof SCHEDULE_LABELS];
    if (text === undefined) continue;
    if (unless !== undefined) throw badOption(label.replace("io.estiba.", "--").replace(".", "-"), text, unless);
    labels[label] = text;
  }
  return labels;
}
