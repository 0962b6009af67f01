import { pruneNetworks, unusedNetworks } from "../../engine/network/remove.ts";
import { type Command, defineCommand } from "../command.ts";
import { confirm } from "../confirm.ts";

export const command: Command = defineCommand({
  name: "network prune",
  summary: "Remove the networks that no container has",
  usage: "[OPTIONS]",
  options: {
    filter: { kind: "list", value: "KEY=VALUE", help: "Only those that fit: label, label!, until" },
    force: { kind: "flag", short: "f", help: "Do not ask" },
  },
  frees: true,
  args: [0, 0],
  examples: [["estiba network prune --force --filter until=24h", "those made more than a day ago"]],
  async run(values, _args, cli) {
    const engine = cli.engine();
    if (!values.force) {
      const names = unusedNetworks(engine, values.filter);
      cli.err(
        `WARNING! This will remove all networks not used by at least one container. The following networks will be removed:\n${names.map((name) => `${name}\n`).join("")}`,
      );
      if (!(await confirm())) return 0;
    }
    cli.out((await pruneNetworks(engine, values.filter)).map((name) => `${name}\n`).join(""));
    return 0;
  },
});
