import type { ServiceMode, ServiceSpec } from "../../cluster/model/service.ts";
import { USUAL_RULES } from "../../cluster/model/usual-rules.ts";
import type { Values } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { keyValues } from "../container/options/values.ts";
import type { CREATE_OPTIONS } from "./create-options.ts";
import { changedRules, countOf } from "./rules.ts";
import { taskContainer } from "./task-container.ts";

export type CreateValues = Values<typeof CREATE_OPTIONS>;

/** What the options of `service create` ask for, checked. Throws `invalid` naming the option. */
export function serviceSpec(
  values: CreateValues,
  name: string,
  image: string,
  command: readonly string[],
): ServiceSpec {
  const rules = changedRules(USUAL_RULES, values);
  return {
    name,
    labels: keyValues("--label", values.label),
    mode: modeOf(values),
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
  if (mode !== "replicated-job") notFor("--max-concurrent", concurrent);
  switch (mode) {
    case "global":
    case "global-job":
      notFor("--replicas", replicas);
      return { kind: mode };
    case "replicated-job": {
      const total = replicas ?? 1;
      return { kind: mode, total, concurrent: Math.min(concurrent ?? total, Math.max(total, 1)) };
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
