import { renameContainer } from "../engine/rename.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "rename",
  summary: "Give a container another name",
  usage: "CONTAINER NAME",
  options: {},
  args: [2, 2],
  complete: "container",
  examples: [["estiba rename web site", "it is called site from now on"]],
  async run(_values, args, cli) {
    const [container = "", name = ""] = args;
    await renameContainer(cli.engine(), container, name);
    return 0;
  },
});
