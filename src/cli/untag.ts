import { untagImage } from "../engine/untag.ts";
import { type Command, defineCommand } from "./command.ts";

export const command: Command = defineCommand({
  name: "untag",
  summary: "Take names of an image away",
  usage: "IMAGE [NAME...]",
  description: "All of them where none is given. The image stays.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [["estiba untag app:1 localhost:5000/app:1", "one of its names"]],
  async run(_values, [image = "", ...names], cli) {
    untagImage(cli.engine(), image, names);
    return await Promise.resolve(0);
  },
});
