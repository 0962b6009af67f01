import { removeContainer } from "../engine/remove.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName, ignoringUnknown } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "rm",
  summary: "Remove containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    ...SELECT_OPTIONS,
    force: { kind: "flag", short: "f", help: "Kill it first if it runs" },
    ignore: { kind: "flag", short: "i", help: "Do not mind a container that does not exist" },
    time: {
      kind: "integer",
      short: "t",
      value: "SECONDS",
      help: "With --force, time between stop signal and SIGKILL (default 0)",
    },
    volumes: { kind: "flag", short: "v", help: "Remove its anonymous volumes too" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba rm web", "remove a container that has ended"],
    ["estiba rm --force --all", "remove everything, running or not"],
  ],
  async run(values, args, cli) {
    const names = selectContainers(cli, args, values);
    return await forEachName(cli, names, (name) =>
      // One that is gone by now is what was asked for, unless it was named.
      ignoringUnknown(values.ignore || values.force || values.all, async () => {
        await removeContainer(cli.engine(), name, {
          force: values.force,
          volumes: values.volumes,
          timeoutSeconds: values.time,
        });
        return name;
      }),
    );
  },
});
