import { endOfRun } from "../engine/run.ts";
import { isEstibaError } from "../lib/error.ts";
import { findContainer } from "../state/containers.ts";
import { recallExit } from "../state/finished.ts";
import { type Command, defineCommand } from "./command.ts";
import { forEachName, ignoringUnknown } from "./container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "./container/select.ts";
import type { Cli } from "./context.ts";

export const command: Command = defineCommand({
  name: "wait",
  summary: "Wait until containers end and print their exit codes",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    latest: SELECT_OPTIONS.latest,
    ignore: { kind: "flag", short: "i", help: "Print -1 for a container that does not exist" },
  },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba wait job", "print the exit code when the job is done"]],
  async run(values, args, cli) {
    const names = selectContainers(cli, args, { ...values, all: false, cidfile: [] });
    return await forEachName(cli, names, async (name) => {
      const code = await ignoringUnknown(values.ignore, async () => String(await exitCode(cli, name)));
      return code ?? "-1";
    });
  },
});

async function exitCode(cli: Cli, name: string): Promise<number> {
  const engine = cli.engine();
  try {
    // Its name, when it removes itself, is free afterwards.
    return (await endOfRun(engine, findContainer(engine.store, name))).code;
  } catch (error) {
    // One that removed itself can still be asked for by its full id.
    const remembered = isEstibaError(error, "not_found") ? recallExit(engine.live, name) : undefined;
    if (remembered === undefined) throw error;
    return remembered.code;
  }
}
