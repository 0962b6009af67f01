import { isUp } from "../engine/status.ts";
import { stopContainer } from "../engine/stop.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName, ignoringUnknown } from "./container/each.ts";
import { FILTER_OPTION, SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import { warnKilled } from "./container/warn-killed.ts";

/** How a container is stopped: options of `stop` and `restart`. */
export const STOP_OPTIONS = {
  signal: {
    kind: "string",
    short: "s",
    value: "SIGNAL",
    help: "Send this instead of its own stop signal",
    complete: "signal",
  },
  time: {
    kind: "integer",
    short: "t",
    aliases: ["timeout"],
    value: "SECONDS",
    help: "Time before SIGKILL, -1 for no limit (default: the container's own, 10)",
  },
} as const;

export const command: Command = defineCommand({
  name: "stop",
  summary: "Stop containers: their stop signal, then SIGKILL",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    ...SELECT_OPTIONS,
    filter: FILTER_OPTION,
    ignore: { kind: "flag", short: "i", help: "Do not mind a container that does not exist" },
    ...STOP_OPTIONS,
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba stop web", "give it ten seconds to end by itself"],
    ["estiba stop --time 0 --all", "end everything now"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = selectContainers(cli, args, values, isUp);
    return await forEachName(cli, names, (name) =>
      // With --all, one may have removed itself meanwhile.
      ignoringUnknown(values.ignore || values.all, async () => {
        const stopped = await stopContainer(engine, name, { timeoutSeconds: values.time, signal: values.signal });
        warnKilled(cli, stopped);
        return name;
      }),
    );
  },
});
