import { isEstibaError } from "../../lib/error.ts";
import { findPod } from "../../state/pods.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "pod exists",
  summary: "Tell by the exit code whether a pod is there",
  usage: "POD",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: {},
  args: [1, 1],
  complete: "pod",
  examples: [["estiba pod exists web || estiba pod create web", "make it where it is missing"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    try {
      findPod(cli.engine().store, name);
      return 0;
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
      return 1;
    }
  },
});
