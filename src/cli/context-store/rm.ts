import { DEFAULT_CONTEXT, dockerFolder, readContext, removeContext } from "../../client/contexts.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";
import { currentContext, setCurrentContext } from "./current.ts";
import { refuseDefault } from "./endpoint.ts";

export const command: Command = defineCommand({
  name: "context rm",
  summary: "Forget contexts",
  usage: "[OPTIONS] NAME [NAME...]",
  options: { force: { kind: "flag", short: "f", help: "The one in use, too; do not mind one that is not there" } },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "none",
  examples: [["estiba context rm far", "what it leads to is left alone"]],
  async run({ force }, args, cli) {
    const folder = dockerFolder(process.env);
    return await forEachName(cli, args, async (name) => {
      await Promise.resolve();
      refuseDefault(name, "removed");
      const isCurrent = currentContext() === name;
      if (isCurrent && !force) throw inUse(name);
      try {
        readContext(folder, name);
      } catch (error) {
        // One that cannot be read can still be removed.
        if (!force || !isEstibaError(error, "not_found", "corrupt")) throw error;
      }
      if (isCurrent) setCurrentContext(DEFAULT_CONTEXT);
      removeContext(folder, name);
      return name;
    });
  },
});

function inUse(name: string): EstibaError {
  return new EstibaError("in_use", {
    reason: "cli.context_in_use",
    what: `context "${name}" is in use`,
    fix: "use another one first, or add --force",
  });
}
