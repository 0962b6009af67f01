import type { Engine } from "../../engine/engine.ts";
import { reloadNetworks } from "../../engine/network/reload.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";
import { SELECT_OPTIONS, selectContainers } from "../container/select.ts";

const { all, latest } = SELECT_OPTIONS;

export const command: Command = defineCommand({
  name: "network reload",
  summary: "Put the firewall rules of containers' networks back",
  usage: "[OPTIONS] [CONTAINER...]",
  description:
    "After somebody has flushed them, or deleted a bridge: containers are put back onto it. The next start of a container puts rules and ports back, too.",
  options: { all, latest },
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba network reload --all", "after `nft flush ruleset`"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    const names = selectContainers(
      cli,
      args,
      values,
      ({ status, record }) => (status === "running" || status === "paused") && record.spec.network === "bridge",
    );
    return await forEachName(cli, names, async (name) => await reload(engine, name, values.all));
  },
});

async function reload(engine: Engine, name: string, all: boolean): Promise<string | undefined> {
  try {
    return await reloadNetworks(engine, name);
  } catch (error) {
    // It has ended since they were listed.
    if (all && isEstibaError(error, "wrong_state", "not_found")) return undefined;
    throw error;
  }
}
