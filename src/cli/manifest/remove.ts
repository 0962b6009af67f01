import { findList, listId } from "../../engine/manifest/find-list.ts";
import { removeEntry } from "../../engine/manifest/remove.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "manifest remove",
  summary: "Take an image out of a manifest list",
  usage: "LIST IMAGE",
  description: "The image is a digest that stands in the list, or an image of the store that is in it.",
  options: {},
  args: [2, 2],
  complete: "image",
  examples: [["estiba manifest remove app:1 sha256:15352d97...", "by its digest"]],
  async run(_values, [list = "", image = ""], cli) {
    const engine = cli.engine();
    removeEntry(engine, list, image);
    cli.out(`${listId(findList(engine, list).name)}\n`);
    return await Promise.resolve(0);
  },
});
