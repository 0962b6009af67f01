import { pruneContainers } from "../engine/prune-containers.ts";
import { type Command, defineCommand } from "./command.ts";
import { confirm } from "./confirm.ts";

export const command: Command = defineCommand({
  name: "container prune",
  summary: "Remove all containers that do not run",
  usage: "[OPTIONS]",
  options: {
    filter: { kind: "list", value: "KEY=VALUE", help: "Only those that fit: label, label!, until" },
    force: { kind: "flag", short: "f", help: "Do not ask" },
  },
  frees: true,
  args: [0, 0],
  examples: [["estiba container prune --force --filter until=24h", "those that were made more than a day ago"]],
  async run(values, _args, cli) {
    if (!values.force) {
      cli.err("WARNING! This will remove all non running containers.\n");
      if (!(await confirm())) return 0;
    }
    cli.out((await pruneContainers(cli.engine(), values.filter)).map((id) => `${id}\n`).join(""));
    return 0;
  },
});
