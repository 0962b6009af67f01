import type { Engine } from "../../engine/engine.ts";
import { removeNetwork } from "../../engine/network/remove.ts";
import { isEstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { exitCodeOf, formatError } from "../exit.ts";

export const command: Command = defineCommand({
  name: "network rm",
  summary: "Remove networks",
  usage: "[OPTIONS] NETWORK [NETWORK...]",
  description: "A network that a container has, running or not, stays.",
  options: {
    force: { kind: "flag", short: "f", help: "Remove the containers that are on it first" },
    time: { kind: "integer", short: "t", value: "SECONDS", help: "With --force: time to stop (default: kill at once)" },
  },
  frees: true,
  args: [1, Number.POSITIVE_INFINITY],
  complete: "network",
  examples: [["estiba network rm web", "one network"]],
  async run(values, args, cli) {
    const engine = cli.engine();
    let code = 0;
    for (const name of args) {
      try {
        const options = { force: values.force, timeoutSeconds: values.time };
        const removed = (await removeFromCluster(engine, name)) ?? (await removeNetwork(engine, name, options));
        cli.out(`${removed}\n`);
      } catch (error) {
        if (values.force && isEstibaError(error, "not_found")) continue;
        cli.err(formatError(error));
        // Podman: 1 for a network that is not there, 2 for one in use.
        const own = isEstibaError(error, "not_found") ? 1 : isEstibaError(error, "in_use") ? 2 : exitCodeOf(error);
        if (code === 0) code = own;
      }
    }
    return code;
  },
});

// A network of the cluster goes from its nodes when their tasks have gone; the cluster is asked first, as it gave them the name.
async function removeFromCluster(engine: Engine, name: string): Promise<string | undefined> {
  const { findClusterNetwork, removeClusterNetwork } = await import("../../cluster/door/networks.ts");
  const found = await findClusterNetwork(engine, name);
  return found === undefined ? undefined : await removeClusterNetwork(engine, found.network.id);
}
