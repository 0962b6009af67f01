import { clonePod } from "../../engine/pod/clone.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import { startPod } from "../../engine/pod/start.ts";
import { present } from "../../lib/present.ts";
import { type Command, defineCommand } from "../command.ts";
import {
  type ConfigValues,
  INFRA_CONFIG,
  labelsOf,
  podDefaults,
  podLimits,
  refuseGiven,
  restartOf,
  withInfraConfig,
} from "./config.ts";
import { POD_CONFIG_OPTIONS } from "./options.ts";

const OWN_OPTIONS = {
  destroy: { kind: "flag", help: "Remove the original afterwards" },
  name: { kind: "string", short: "n", value: "NAME", help: "Name of the clone (default: NAME-clone)" },
  start: { kind: "flag", help: "Start the clone" },
} as const;

export const command: Command = defineCommand({
  name: "pod clone",
  summary: "Create a pod like another one",
  usage: "[OPTIONS] POD [NAME]",
  description:
    "With a clone of each of its containers. What is given here counts before what the original has: a variable, mount,\nsecret or limit in the place of one of the same name. Ports are published once: a clone of a pod with ports cannot\nrun beside it.",
  options: { ...POD_CONFIG_OPTIONS, ...OWN_OPTIONS },
  args: [1, 2],
  complete: "pod",
  examples: [["estiba pod clone --start --memory 2g web web2", "the same, with more memory"]],
  async run(values, [original = "", name], cli) {
    const engine = cli.engine();
    const clone = await clonePod(engine, original, {
      name: name ?? values.name,
      change: (spec) => changed(spec, values),
      destroy: values.destroy,
    });
    if (values.start) {
      const { warnings, failures } = await startPod(engine, clone.id);
      for (const warning of warnings) cli.warn(warning);
      const [failure] = failures;
      if (failure !== undefined) throw failure.error;
    }
    cli.out(`${clone.id}\n`);
    return 0;
  },
});

function changed(spec: PodSpec, values: ConfigValues): PodSpec {
  const { infra } = spec;
  if (infra === undefined) refuseGiven(values, INFRA_CONFIG, "leave it out: the original has none");
  return {
    ...spec,
    ...present({ restart: restartOf(values) }),
    labels: { ...spec.labels, ...labelsOf(values) },
    resources: { ...spec.resources, ...podLimits(values) },
    defaults: podDefaults(values, spec.defaults),
    infra: infra && withInfraConfig(infra, values),
  };
}
