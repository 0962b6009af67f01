import { initContainer } from "../engine/init.ts";
import type { ContainerSummary } from "../engine/list.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";

export const command: Command = defineCommand({
  name: "init",
  summary: "Make containers ready to start: mounts, network, process",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  description:
    "All is there that the container has while it runs, and its command waits for `estiba start`:\none can look at its network, mounts and cgroup before it begins.",
  options: { all: SELECT_OPTIONS.all, latest: SELECT_OPTIONS.latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba init web", "make it ready; `estiba start web` lets it begin"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = selectContainers(cli, args, values, isAtRest);
    return await forEachName(cli, names, async (name) => {
      const { warnings } = await initContainer(engine, name);
      for (const warning of warnings) cli.warn(warning);
      return name;
    });
  },
});

function isAtRest({ status }: ContainerSummary): boolean {
  return status === "created" || status === "exited";
}
