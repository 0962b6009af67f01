import { letRootGo, mountedRoots } from "../engine/hold-root.ts";
import { isEstibaError } from "../lib/error.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "unmount",
  summary: "Take `mount` back",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description: "The root of a container that runs stays mounted until it ends.",
  options: {
    all: SELECT_OPTIONS.all,
    force: { kind: "flag", short: "f", help: "Do not mind a container that needs its root, because it runs" },
    latest: SELECT_OPTIONS.latest,
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [
    ["estiba unmount web", "one container"],
    ["estiba unmount --all", "all that do not run"],
  ],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = values.all && args.length === 0 ? mountedRoots(engine).map(({ record }) => record.id) : undefined;
    const selected = names ?? selectContainers(cli, args, { ...values, cidfile: [] });
    return await forEachName(cli, selected, async (name) => {
      try {
        await letRootGo(engine, name);
        return name;
      } catch (error) {
        if (!(values.all || values.force) || !isEstibaError(error, "wrong_state")) throw error;
        return undefined;
      }
    });
  },
});
