import { isRunning } from "../engine/status.ts";
import { stopContainer } from "../engine/stop.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName, ignoringUnknown } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "stop",
  summary: "Stop containers: their stop signal, then SIGKILL",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    ...SELECT_OPTIONS,
    ignore: { kind: "flag", short: "i", help: "Do not mind a container that does not exist" },
    time: {
      kind: "integer",
      short: "t",
      aliases: ["timeout"],
      value: "SECONDS",
      help: "Time before SIGKILL (default: the container's own, 10)",
    },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba stop web", "give it ten seconds to end by itself"],
    ["estiba stop --time 0 --all", "end everything now"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = selectContainers(cli, args, values, isRunning);
    return await forEachName(cli, names, (name) =>
      // With --all, one may have removed itself meanwhile.
      ignoringUnknown(values.ignore || values.all, async () => {
        const { record, killed } = await stopContainer(engine, name, { timeoutSeconds: values.time });
        if (killed && values.time !== 0) {
          cli.warn(
            `"${record.name}" did not end on ${record.process.stopSignal}, resorted to SIGKILL: a first process must handle the signal itself`,
          );
        }
        return name;
      }),
    );
  },
});
