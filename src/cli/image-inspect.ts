import { type Command, defineCommand } from "./command.ts";
import { inspectEach } from "./inspect.ts";

export const command: Command = defineCommand({
  name: "image inspect",
  summary: "Show everything about images, as JSON",
  usage: "[OPTIONS] IMAGE [IMAGE...]",
  options: {
    format: {
      kind: "string",
      short: "f",
      value: "TEMPLATE",
      help: "json, or a Go template, such as '{{.Config.Cmd}}'",
    },
    platform: { kind: "refused", help: "an image is stored for one platform; its name or id says which" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "image",
  examples: [
    ["estiba image inspect app:1", "the whole document"],
    ["estiba image inspect --format '{{.Id}}' app:1", "one value of it"],
  ],
  async run(values, args, cli) {
    return await inspectEach(cli, args, { format: values.format, size: false, kinds: ["image"] });
  },
});
