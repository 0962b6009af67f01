import { isEstibaError } from "../../lib/error.ts";
import { findSecret } from "../../state/secrets.ts";
import { type Command, defineCommand } from "../command.ts";
import { clusterFiles, isOfCluster, LOCAL_OPTION } from "./cluster.ts";

export const command: Command = defineCommand({
  name: "secret exists",
  summary: "Tell by the exit code whether a secret is there",
  usage: "[OPTIONS] SECRET",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: LOCAL_OPTION,
  args: [1, 1],
  complete: "secret",
  examples: [["estiba secret exists token || estiba secret create token ./token", "make it where it is missing"]],
  async run(values, [name = ""], cli) {
    try {
      if (isOfCluster(cli.engine(), values)) await clusterFiles(cli.engine(), "secret").find(name);
      else findSecret(cli.engine().store, name);
      return 0;
    } catch (error) {
      if (isEstibaError(error, "not_found")) return 1;
      throw error;
    }
  },
});
