import { isEstibaError } from "../lib/error.ts";
import { findContainer } from "../state/containers.ts";
import { type Command, defineCommand } from "./command.ts";

const NOT_THERE = 1;

export const command: Command = defineCommand({
  name: "container exists",
  summary: "Tell by the exit code whether a container exists: 0 yes, 1 no",
  usage: "[OPTIONS] CONTAINER",
  options: {
    external: { kind: "flag", help: "Look among other tools' containers too; none share this storage" },
  },
  args: [1, 1],
  complete: "container",
  examples: [["estiba container exists web || estiba run -d --name web nginx", "make sure that it is there"]],
  async run(_values, args, cli) {
    try {
      findContainer(cli.engine().store, args[0] ?? "");
      return 0;
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
      return NOT_THERE;
    }
  },
});
