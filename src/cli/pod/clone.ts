import { clonePod } from "../../engine/pod/clone.ts";
import type { PodSpec } from "../../engine/pod/create.ts";
import { startPod } from "../../engine/pod/start.ts";
import { type Command, defineCommand, type Values } from "../command.ts";
import { environmentOf, readEnvironmentFile } from "../container/environment.ts";
import { ENVIRONMENT_OPTIONS } from "../container/options/environment.ts";
import { GENERAL_OPTIONS } from "../container/options/general.ts";
import { IDENTITY_OPTIONS } from "../container/options/identity.ts";
import { limitsOf, UPDATABLE_OPTIONS } from "../container/options/limits.ts";
import { keyValues } from "../container/options/values.ts";

const GIVEN_AT_CREATION = "a clone has what its original has; make another pod with estiba pod create";

const OPTIONS = {
  ...UPDATABLE_OPTIONS,
  "cgroup-parent": { kind: "refused", help: GIVEN_AT_CREATION },
  destroy: { kind: "flag", help: "Remove the original afterwards" },
  device: { kind: "refused", help: GIVEN_AT_CREATION },
  env: ENVIRONMENT_OPTIONS.env,
  "env-file": ENVIRONMENT_OPTIONS["env-file"],
  gidmap: { kind: "refused", help: GIVEN_AT_CREATION },
  hostname: IDENTITY_OPTIONS.hostname,
  "infra-command": { kind: "refused", help: GIVEN_AT_CREATION },
  "infra-conmon-pidfile": { kind: "refused", help: GIVEN_AT_CREATION },
  "infra-name": { kind: "string", value: "NAME", help: "Name of its infra container" },
  label: GENERAL_OPTIONS.label,
  "label-file": GENERAL_OPTIONS["label-file"],
  name: { kind: "string", short: "n", value: "NAME", help: "Name of the clone (default: NAME-clone)" },
  pid: { kind: "refused", help: GIVEN_AT_CREATION },
  "security-opt": { kind: "refused", help: GIVEN_AT_CREATION },
  "shm-size": { kind: "refused", help: GIVEN_AT_CREATION },
  start: { kind: "flag", help: "Start the clone" },
  subgidname: { kind: "refused", help: GIVEN_AT_CREATION },
  subuidname: { kind: "refused", help: GIVEN_AT_CREATION },
  sysctl: { kind: "refused", help: GIVEN_AT_CREATION },
  uidmap: { kind: "refused", help: GIVEN_AT_CREATION },
  userns: { kind: "refused", help: GIVEN_AT_CREATION },
  uts: { kind: "refused", help: GIVEN_AT_CREATION },
  volume: { kind: "refused", help: GIVEN_AT_CREATION },
  "volumes-from": { kind: "refused", help: GIVEN_AT_CREATION },
} as const;

export const command: Command = defineCommand({
  name: "pod clone",
  summary: "Create a pod like another one",
  usage: "[OPTIONS] POD [NAME]",
  description:
    "With a clone of each of its containers. What is given here takes the place of the original's limits, labels and\nvariables. Ports are published once: a clone of a pod with ports cannot run beside it.",
  options: OPTIONS,
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

function changed(spec: PodSpec, values: Values<typeof OPTIONS>): PodSpec {
  const { hostname, "infra-name": infraName } = values;
  const labels = keyValues("--label", [...values["label-file"].flatMap(readEnvironmentFile), ...values.label]);
  const env = environmentOf(values.env, values["env-file"]);
  const infra = spec.infra && {
    ...spec.infra,
    ...(hostname === undefined ? {} : { hostname }),
    ...(infraName === undefined ? {} : { name: infraName }),
  };
  return {
    ...spec,
    labels: { ...spec.labels, ...labels },
    resources: { ...spec.resources, ...limitsOf(values) },
    defaults: { ...spec.defaults, env: [...spec.defaults.env, ...env] },
    infra,
  };
}
