import type { ContainerSpec } from "../../state/container.ts";
import type { Options, Values } from "../command.ts";
import { CONTAINER_OPTIONS } from "../container/options.ts";
import { containerSpec } from "../container/spec.ts";
import type { RULE_OPTIONS, TASK_OPTIONS } from "./options.ts";
import { parseServicePort } from "./ports.ts";
import { durationMs } from "./rules.ts";

type Lists = Readonly<Record<"container-label" | "host" | "group" | "publish", readonly string[]>>;

/** Options that say what a task's container is like. */
export type TaskValues = Values<typeof TASK_OPTIONS> & Values<typeof RULE_OPTIONS> & Lists;

/** What the containers of a service's tasks are made from. Throws `invalid` naming the option. */
export function taskContainer(values: TaskValues, image: string, command: readonly string[]): ContainerSpec {
  const grace = durationMs("--stop-grace-period", values["stop-grace-period"]);
  const { createCommand: _, ...spec } = containerSpec(
    {
      ...neutralValues(CONTAINER_OPTIONS),
      ...values,
      label: [...values["container-label"]],
      name: undefined,
      quiet: false,
      "add-host": [...values.host],
      "group-add": [...values.group],
      cpus: values["limit-cpu"],
      memory: values["limit-memory"],
      "pids-limit": values["limit-pids"],
      publish: [],
      secret: [],
    },
    image,
    command,
  );
  const stopTimeout = grace === undefined ? spec.stopTimeout : Math.ceil(grace / 1000);
  return { ...spec, stopTimeout, ports: values.publish.map(parseServicePort) };
}

/** The values of options of which none was given. */
export function neutralValues<const O extends Options>(options: O): Values<O> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { kind, on = false }]) => [
      name,
      kind === "flag" ? on : kind === "list" ? [] : undefined,
    ]),
  ) as Values<O>;
}
