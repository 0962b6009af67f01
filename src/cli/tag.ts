import { tagImage } from "../engine/tag.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "tag",
  summary: "Give an image further names",
  usage: "IMAGE NAME [NAME...]",
  options: {},
  args: [2, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba tag app:1 localhost:5000/app:1", "a name to push it under"]],
  async run(_values, [image = "", ...names], cli) {
    tagImage(cli.engine(), image, names);
    return await Promise.resolve(0);
  },
});
