import { type Command, defineCommand } from "../command.ts";
import { currentContext } from "./current.ts";

export const command: Command = defineCommand({
  name: "context show",
  summary: "Print the name of the context that commands go to",
  usage: "",
  options: {},
  args: [0, 0],
  examples: [["estiba context show", "for a prompt"]],
  async run(_values, _args, cli) {
    await Promise.resolve();
    cli.out(`${currentContext()}\n`);
    return 0;
  },
});
