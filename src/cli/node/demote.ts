import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { changeRoles } from "./change-roles.ts";

export const command: Command = defineCommand({
  name: "node demote",
  summary: "Make managers workers",
  usage: "NODE [NODE...]",
  description: "The machine keeps its tasks. The last manager stays one.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node demote host2", "host2 only runs tasks from now on"]],
  async run(_values, names, cli) {
    const ask = await askNode(cli.engine());
    return await changeRoles(cli, ask, {
      names,
      role: "worker",
      said: (name) => `Manager ${name} demoted in the swarm.`,
    });
  },
});
