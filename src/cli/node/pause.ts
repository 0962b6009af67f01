import { type Command, defineCommand } from "../command.ts";
import { setAvailability } from "./availability.ts";

export const command: Command = defineCommand({
  name: "node pause",
  summary: "Give nodes no further tasks",
  usage: "NODE [NODE...]",
  description: "As estiba node update --availability pause. What runs there stays. estiba node activate ends it.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node pause host2 host3", "while they are looked at"]],
  async run(_values, names, cli) {
    return await setAvailability(cli, names, "pause");
  },
});
