import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { changeRoles } from "./change-roles.ts";

export const command: Command = defineCommand({
  name: "node promote",
  summary: "Make workers managers",
  usage: "NODE [NODE...]",
  description:
    "The state must be in an etcd that the machine reaches. It listens at port 2377 from then on, and gets what it needs\nfrom the managers that are there.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node promote host2", "a second manager"]],
  async run(_values, names, cli) {
    const ask = await askNode(cli.engine());
    return await changeRoles(cli, ask, {
      names,
      role: "manager",
      said: (name) => `Node ${name} promoted to a manager in the swarm.`,
    });
  },
});
