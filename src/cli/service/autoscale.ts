import { AUTOSCALE_LABELS } from "../../cluster/model/autoscale.ts";
import { countOf, durationMs, type RuleValues } from "./rules.ts";

/** The labels that the options of autoscaling stand for. Throws `invalid` naming the option. */
export function autoscaleLabels(values: RuleValues): Record<string, string> {
  durationMs("--autoscale-window", values["autoscale-window"]);
  const given = {
    min: countOf("--autoscale-min", values["autoscale-min"])?.toString(),
    max: countOf("--autoscale-max", values["autoscale-max"])?.toString(),
    cpu: values["autoscale-cpu"],
    memory: values["autoscale-memory"],
    metric: values["autoscale-metric"],
    target: values["autoscale-target"],
    window: values["autoscale-window"],
  };
  const parts = Object.keys(AUTOSCALE_LABELS) as (keyof typeof AUTOSCALE_LABELS)[];
  return Object.fromEntries(
    parts.flatMap((part) => {
      const text = given[part];
      return text === undefined ? [] : [[AUTOSCALE_LABELS[part], text]];
    }),
  );
}
