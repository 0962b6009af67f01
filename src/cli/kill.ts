import { isRunning } from "../engine/status.ts";
import { killContainer } from "../engine/stop.ts";
import { parseSignal } from "../host/signal.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "kill",
  summary: "Send a signal to running containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    ...SELECT_OPTIONS,
    signal: {
      kind: "string",
      short: "s",
      value: "SIGNAL",
      help: "Name or number of the signal (default KILL)",
      complete: "signal",
    },
  },
  frees: true,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba kill --signal HUP web", "make a server read its configuration again"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const signal = values.signal ?? "KILL";
    parseSignal(signal);
    const names = selectContainers(cli, args, values, isRunning);
    return await forEachName(cli, names, async (name) => {
      await killContainer(engine, name, signal);
      return name;
    });
  },
});
