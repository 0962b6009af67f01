import { type Command, defineCommand } from "./command.ts";
import { selectContainers } from "./container/select.ts";
import { INSPECT_OPTIONS, inspectEach } from "./inspect.ts";

export const command: Command = defineCommand({
  name: "container inspect",
  summary: "Show everything about containers, as JSON",
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  options: INSPECT_OPTIONS,
  args: [0, Number.POSITIVE_INFINITY],
  complete: "container",
  examples: [["estiba container inspect --format '{{.State.ExitCode}}' job", "how it ended"]],
  async run({ format, latest, size }, args, cli) {
    return await inspectEach(cli, selectContainers(cli, args, { latest }), { format, size, kinds: ["container"] });
  },
});
