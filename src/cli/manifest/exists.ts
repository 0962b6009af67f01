import { lookUpList } from "../../engine/manifest/find-list.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "manifest exists",
  summary: "Tell by the exit code whether a manifest list is there",
  usage: "LIST",
  description: "0: it is there; 1: it is not; 125: it could not be found out.",
  options: {},
  args: [1, 1],
  complete: "image",
  examples: [["estiba manifest exists app:1 || estiba manifest create app:1", "make it where it is missing"]],
  async run(_values, [list = ""], cli) {
    return await Promise.resolve(lookUpList(cli.engine(), list) === undefined ? 1 : 0);
  },
});
