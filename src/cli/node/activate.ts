import { type Command, defineCommand } from "../command.ts";
import { setAvailability } from "./availability.ts";

export const command: Command = defineCommand({
  name: "node activate",
  summary: "Have nodes take tasks, after they were drained or paused",
  usage: "NODE [NODE...]",
  description: "As estiba node update --availability active.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node activate host2", "when that machine is back"]],
  async run(_values, names, cli) {
    return await setAvailability(cli, names, "active");
  },
});
