import { createInterface } from "node:readline/promises";
import { resetEngine } from "../engine/reset.ts";
import { type Command, defineCommand } from "./command.ts";

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
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await terminal.question("Are you sure you want to continue? [y/N] ");
      terminal.close();
      if (!/^y(es)?$/i.test(answer.trim())) return 0;
    }
    await resetEngine(engine);
    return 0;
  },
});
