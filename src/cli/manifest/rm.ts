import { listId } from "../../engine/manifest/find-list.ts";
import { removeList } from "../../engine/manifest/remove.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "manifest rm",
  summary: "Forget manifest lists; their images stay",
  usage: "LIST [LIST...]",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba manifest rm app:1", "one list"]],
  async run(_values, lists, cli) {
    return await forEachName(cli, lists, async (list) => {
      const name = removeList(cli.engine(), list);
      return await Promise.resolve(`Untagged: ${name}\nDeleted: ${listId(name)}`);
    });
  },
});
