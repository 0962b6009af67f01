import { inspectNetwork } from "../../engine/network/list.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "network exists",
  summary: "Tell by the exit code whether a network is there",
  usage: "NETWORK",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: {},
  args: [1, 1],
  complete: "network",
  examples: [["estiba network exists web || estiba network create web", "make it where it is missing"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    try {
      inspectNetwork(cli.engine(), name);
      return 0;
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
      return 1;
    }
  },
});
