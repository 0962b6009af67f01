import { type Command, defineCommand } from "./command.ts";
import { inspectEach } from "./inspect.ts";

export const command: Command = defineCommand({
  name: "container inspect",
  summary: "Show everything about containers, as JSON",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: {
    format: { kind: "string", short: "f", value: "TEMPLATE", help: "json, or a Go template, such as '{{.State.Pid}}'" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba container inspect --format '{{.State.ExitCode}}' job", "how it ended"]],
  async run(values, args, cli) {
    return await inspectEach(cli, args, { format: values.format, kind: "container" });
  },
});
