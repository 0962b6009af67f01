import { readFileSync } from "node:fs";
import { type Command, defineCommand } from "../command.ts";
import { allFiles, fileNamed } from "./find.ts";

export const command: Command = defineCommand({
  name: "quadlet print",
  summary: "Show a Quadlet file",
  usage: "FILE",
  options: {},
  args: [1, 1],
  complete: "none",
  examples: [["estiba quadlet print web.container", "what is installed under this name"]],
  async run(_values, [name = ""], cli) {
    await Promise.resolve();
    cli.out(readFileSync(fileNamed(allFiles(), name).path, "utf8"));
    return 0;
  },
});
