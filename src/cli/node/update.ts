import { askNode } from "../../cluster/door/client.ts";
import type { NodeChange } from "../../cluster/manager/nodes.ts";
import type { Availability } from "../../cluster/model/node.ts";
import { type Command, defineCommand } from "../command.ts";
import { keyValues } from "../container/options/values.ts";

export const command: Command = defineCommand({
  name: "node update",
  summary: "Change the availability and the labels of a node",
  usage: "[OPTIONS] NODE",
  options: {
    availability: {
      kind: "string",
      value: "WHAT",
      choices: ["active", "pause", "drain"],
      help: "active; pause: no new tasks; drain: those that are there go elsewhere",
    },
    "label-add": { kind: "list", value: "KEY=VALUE", help: "Set a label" },
    "label-rm": { kind: "list", value: "KEY", help: "Take a label away" },
    role: { kind: "string", value: "ROLE", choices: ["worker", "manager"], help: "As node promote and node demote do" },
  },
  args: [1, 1],
  examples: [
    ["estiba node update --availability drain self", "before this machine is taken down"],
    ["estiba node update --label-add zone=eu self", "for constraints and preferences"],
  ],
  async run(values, [name = ""], cli) {
    const ask = await askNode(cli.engine());
    const change: NodeChange = {
      availability: values.availability as Availability | undefined,
      addLabels: keyValues("--label-add", values["label-add"]),
      removeLabels: values["label-rm"],
    };
    await ask("PUT", `/nodes/${encodeURIComponent(name)}`, change);
    const { role } = values;
    if (role !== undefined) await ask("POST", `/nodes/${encodeURIComponent(name)}/role`, { role });
    cli.out(`${name}\n`);
    return 0;
  },
});
