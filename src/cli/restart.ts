import type { ContainerSummary } from "../engine/list.ts";
import { restartContainer } from "../engine/restart.ts";
import { EstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { FILTER_OPTION, SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import { warnKilled } from "./container/warn-killed.ts";
import { STOP_OPTIONS } from "./stop.ts";

export const command: Command = defineCommand({
  name: "restart",
  summary: "Stop containers, where they run, and start them again",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    ...SELECT_OPTIONS,
    all: { kind: "flag", short: "a", help: "All containers, running or not" },
    filter: FILTER_OPTION,
    running: { kind: "flag", help: "All containers that run" },
    ...STOP_OPTIONS,
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba restart web", "let it begin anew"],
    ["estiba restart --running --time 2", "everything that runs, with two seconds to end"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    if (values.running && (args.length > 0 || values.all || values.latest)) throw notTogether();
    const all = values.all || values.running;
    const names = selectContainers(cli, args, { ...values, all }, values.running ? runs : undefined);
    return await forEachName(cli, names, async (name) => {
      const { stopped, launched } = await restartContainer(engine, name, {
        timeoutSeconds: values.time,
        signal: values.signal,
      });
      if (stopped !== undefined) warnKilled(cli, stopped);
      for (const warning of launched.warnings) cli.warn(warning);
      return name;
    });
  },
});

function runs({ status }: ContainerSummary): boolean {
  return status === "running";
}

function notTogether(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cli.selection",
    what: "--running chooses by itself: no containers, --all or --latest can be given with it",
    fix: "leave one of them out",
  });
}
