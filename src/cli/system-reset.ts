import { resetEngine } from "../engine/reset.ts";
import { type Command, defineCommand } from "./command.ts";
import { confirm } from "./confirm.ts";

export const command: Command = defineCommand({
  name: "system reset",
  summary: "Remove all containers, images, volumes and networks",
  usage: "[OPTIONS]",
  options: { force: { kind: "flag", short: "f", help: "Do not ask" } },
  args: [0, 0],
  examples: [["estiba --root /tmp/r --runroot /tmp/rr system reset --force", "leave nothing of these roots"]],
  async run(values, _args, cli) {
    const engine = cli.engine();
    if (!values.force) {
      cli.err(`WARNING! This removes all containers, images, volumes and networks in ${engine.paths.root}.\n`);
      if (!(await confirm())) return 0;
    }
    await resetEngine(engine);
    return 0;
  },
});
