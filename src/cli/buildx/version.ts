import { type Command, defineCommand } from "../command.ts";
import { VERSION } from "../version.ts";

export const command: Command = defineCommand({
  name: "buildx version",
  summary: "Show the version of the builder",
  usage: "",
  options: {},
  args: [0, 0],
  examples: [["estiba buildx version", "that it is there, and which"]],
  run(_values, _args, cli) {
    cli.out(`estiba/buildx ${VERSION}\n`);
    return Promise.resolve(0);
  },
});
