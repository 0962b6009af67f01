import { isEstibaError } from "../../lib/error.ts";
import { findSecret } from "../../state/secrets.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "secret exists",
  summary: "Tell by the exit code whether a secret is there",
  usage: "SECRET",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: {},
  args: [1, 1],
  complete: "secret",
  examples: [["estiba secret exists token || estiba secret create token ./token", "make it where it is missing"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    try {
      findSecret(cli.engine().store, name);
      return 0;
    } catch (error) {
      if (isEstibaError(error, "not_found")) return 1;
      throw error;
    }
  },
});
