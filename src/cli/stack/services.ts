import { askNode } from "../../cluster/door/client.ts";
import { stackServices } from "../../cluster/stack/stacks.ts";
import { type Command, defineCommand } from "../command.ts";
import { SERVICES_OPTIONS, showServices } from "../service/ls.ts";
import { nothingFound } from "./nothing.ts";

export const command: Command = defineCommand({
  name: "stack services",
  summary: "List the services of a stack",
  usage: "[OPTIONS] STACK",
  options: SERVICES_OPTIONS,
  args: [1, 1],
  examples: [["estiba stack services shop", "and how much of each runs"]],
  async run(values, [stack = ""], cli) {
    const services = await stackServices(await askNode(cli.engine()), stack);
    if (services.length === 0) throw nothingFound(stack);
    return showServices(cli, services, values);
  },
});
