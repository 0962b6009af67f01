import { lookUpImage } from "../../engine/find-image.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "image exists",
  summary: "Tell by the exit code whether an image is here",
  usage: "IMAGE",
  description: "Exit code 0 when it is, 1 when it is not. Nothing is printed.",
  options: {},
  args: [1, 1],
  complete: "image",
  examples: [["estiba image exists app:1 || estiba pull app:1", "fetch it only when it is not here"]],
  async run(_values, [image = ""], cli) {
    return await Promise.resolve(lookUpImage(cli.engine(), image) === undefined ? 1 : 0);
  },
});
