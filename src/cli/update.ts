import { type ContainerChange, updateContainer } from "../engine/update.ts";
import { type Command, defineCommand, type Values } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { environmentOf } from "./container/environment.ts";
import { HEALTH_OPTIONS, healthOf } from "./container/options/health.ts";
import { limitsOf, UPDATABLE_OPTIONS } from "./container/options/limits.ts";
import { parseRestartPolicy, RESTART_OPTIONS } from "./container/options/restart.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

const OPTIONS = {
  ...UPDATABLE_OPTIONS,
  ...RESTART_OPTIONS,
  ...HEALTH_OPTIONS,
  env: { kind: "list", short: "e", value: "KEY[=VALUE]", help: "Set a variable, from the next start on" },
  latest: SELECT_OPTIONS.latest,
  unsetenv: { kind: "list", value: "KEY", help: "Take a variable away, from the next start on" },
} as const;

export const command: Command = defineCommand({
  name: "update",
  summary: "Change the limits, restart policy, health check or environment of containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "Limits change at once where the container runs, and last. What is not named stays; 0 takes a\nlimit away (for swap and processes: -1).",
  options: OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba update --memory 1g --cpus 2 web", "give a running container more"],
    ["estiba update --restart always web", "start it again whenever it ends"],
  ],
  async run(values, args, cli) {
    const change = changeOf(values);
    const names = selectContainers(cli, args, { latest: values.latest });
    return await forEachName(cli, names, async (name) => {
      const { record, warnings } = await updateContainer(cli.engine(), name, change);
      for (const warning of warnings) cli.warn(warning);
      return record.id;
    });
  },
});

function changeOf(values: Values<typeof OPTIONS>): ContainerChange {
  const limits = limitsOf(values);
  const { healthcheck } = healthOf(values);
  return {
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ...(values.restart === undefined || values.restart === "" ? {} : { restart: parseRestartPolicy(values.restart) }),
    ...(healthcheck === undefined ? {} : { health: healthcheck }),
    ...(values.env.length === 0 ? {} : { env: environmentOf(values.env, []) }),
    ...(values.unsetenv.length === 0 ? {} : { unsetEnv: values.unsetenv }),
  };
}
