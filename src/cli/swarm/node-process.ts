import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { nodeErrorPath } from "../../cluster/node/paths.ts";
import { runNode } from "../../cluster/node/run-node.ts";
import { describeError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { VERSION } from "../version.ts";

export const command: Command = defineCommand({
  name: "system node",
  summary: "Run this machine's part of the cluster (starts by itself)",
  usage: "[OPTIONS]",
  description:
    "Manager and worker in one. It holds no container: it can be ended, killed and started again at any time, and\nnothing that runs stops. Commands start it where it does not run; the unit estiba-node.service does at boot.",
  options: {
    replace: { kind: "flag", help: "End the one that runs already, as the unit does" },
  },
  args: [0, 0],
  examples: [],
  async run({ replace }, _args, cli) {
    const engine = cli.engine();
    const stop = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
    rmSync(nodeErrorPath(engine), { force: true });
    try {
      const serveTasks = async (path: string, signal: AbortSignal): Promise<void> =>
        await cli.serveTasks({ engine, version: VERSION, path, signal });
      await runNode(engine, { version: VERSION, serveTasks, replace, signal: stop.signal });
    } catch (error) {
      // Whoever has started it in the background tells of it.
      mkdirSync(engine.paths.node, { recursive: true, mode: 0o700 });
      writeFileSync(nodeErrorPath(engine), describeError(error), { mode: 0o600 });
      throw error;
    }
    return 0;
  },
});
