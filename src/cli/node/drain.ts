import { type Command, defineCommand } from "../command.ts";
import { setAvailability } from "./availability.ts";

export const command: Command = defineCommand({
  name: "node drain",
  summary: "Have all tasks of nodes go elsewhere",
  usage: "NODE [NODE...]",
  description:
    "As estiba node update --availability drain: their tasks are replaced by others elsewhere, where a node can have them.\nestiba node activate ends it.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node drain host2", "before that machine is taken down"]],
  async run(_values, names, cli) {
    return await setAvailability(cli, names, "drain");
  },
});
