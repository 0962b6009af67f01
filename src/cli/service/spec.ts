import { REBALANCE_LABEL } from "../../cluster/model/rebalance.ts";
import type { ServiceMode, ServiceSpec } from "../../cluster/model/service.ts";
import { USUAL_RULES } from "../../cluster/model/usual-rules.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { keyValues } from "../container/options/values.ts";
import { autoscaleLabels } from "./autoscale.ts";
import type { CREATE_OPTIONS } from "./create-options.ts";
import { changedRules, countOf, requireOfUse } from "./rules.ts";
import { scheduleLabels } from "./schedule.ts";
import { taskContainer } from "./task-container.ts";

export type CreateValues = Values<typeof CREATE_OPTIONS>;

/** A run that cannot be done comes to its end, so that the next one can begin. */
const RULES_OF_RUNS: typeof USUAL_RULES = {
  ...USUAL_RULES,
  restart: { ...USUAL_RULES.restart, condition: "on-failure", maxAttempts: 3 },
};

/** What the options of `service create` ask for, checked. Throws `invalid` naming the option. */
export function serviceSpec(
  values: CreateValues,
  name: string,
  image: string,
  command: readonly string[],
): ServiceSpec {
  const mode = values.mode ?? (values.schedule === undefined ? "replicated" : "scheduled");
  if (mode === "scheduled" && values.schedule === undefined)
    throw badOption("--mode", mode, "of use without --schedule");
  requireOfUse(mode, values);
  const schedule = scheduleLabels(values, mode === "scheduled" ? undefined : `of use with --mode ${mode}`);
  const balance = values.rebalance ? { [REBALANCE_LABEL]: "true" } : {};
  const rules = changedRules(mode === "scheduled" ? RULES_OF_RUNS : USUAL_RULES, values);
  return {
    name,
    labels: { ...keyValues("--label", values.label), ...schedule, ...autoscaleLabels(values), ...balance },
    mode: modeOf({ ...values, mode }),
    container: taskContainer(values, image, command),
    ...rules,
    placement: {
      ...rules.placement,
      constraints: values.constraint,
      spread: values["placement-pref"].map(parsePreference),
    },
    force: 0,
    ...endpointOf(values["endpoint-mode"]),
  };
}

/** What a name leads to, as an option says; nothing where none was given. */
export function endpointOf(mode: string | undefined): Pick<ServiceSpec, "endpoint"> {
  return mode === "vip" || mode === "dnsrr" ? { endpoint: mode } : {};
}

function modeOf({ mode = "replicated", ...values }: CreateValues): ServiceMode {
  const replicas = countOf("--replicas", values.replicas);
  const concurrent = countOf("--max-concurrent", values["max-concurrent"]);
  const notFor = (option: string, value: number | undefined): void => {
    if (value !== undefined) throw badOption(option, String(value), `of use with --mode ${mode}`);
  };
  if (mode !== "replicated-job" && mode !== "scheduled") notFor("--max-concurrent", concurrent);
  switch (mode) {
    case "global":
    case "global-job":
      notFor("--replicas", replicas);
      return { kind: mode };
    case "replicated-job":
    case "scheduled": {
      const total = replicas ?? 1;
      return { kind: "replicated-job", total, concurrent: Math.min(concurrent ?? total, Math.max(total, 1)) };
    }
    default:
      return { kind: "replicated", replicas: replicas ?? 1 };
  }
}

/** `spread=node.labels.zone`. Throws `invalid`. */
export function parsePreference(text: string): string {
  const key = /^spread=(?<key>(?:node|engine)\.[\w.\-/]+)$/.exec(text.trim())?.groups?.["key"];
  if (key !== undefined) return key;
  throw badOption("--placement-pref", text, "a preference", "for example: spread=node.labels.zone");
}
