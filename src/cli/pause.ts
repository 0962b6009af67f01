import { pauseContainer } from "../engine/pause.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { FILTER_OPTION, SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "pause",
  summary: "Hold all processes of containers",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: { ...SELECT_OPTIONS, filter: FILTER_OPTION },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba pause web", "hold it; `estiba unpause web` lets it go on"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = selectContainers(cli, args, values, ({ status }) => status === "running");
    return await forEachName(cli, names, async (name) => {
      await pauseContainer(engine, name);
      return name;
    });
  },
});
