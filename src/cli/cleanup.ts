import { cleanupContainer } from "../engine/cleanup.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "container cleanup",
  summary: "Free what a container that has ended leaves in the kernel (conmon calls it)",
  usage: "CONTAINER-ID",
  options: {},
  args: [1, 1],
  examples: [],
  async run(_values, args, cli) {
    await cleanupContainer(cli.engine(), args[0] ?? "");
    return 0;
  },
});
