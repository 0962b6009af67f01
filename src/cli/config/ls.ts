import { type Command, defineCommand } from "../command.ts";
import { FILES_OPTIONS, showFiles } from "../secret/show-files.ts";

export const command: Command = defineCommand({
  name: "config ls",
  summary: "List the configs of the cluster",
  usage: "[OPTIONS]",
  options: FILES_OPTIONS,
  args: [0, 0],
  examples: [["estiba config ls --filter label=app=web", "those with a label"]],
  async run(values, _args, cli) {
    return await showFiles(cli, "config", values);
  },
});
