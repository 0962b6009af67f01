import { askNode } from "../../cluster/door/client.ts";
import { removeLeftNetwork } from "../../cluster/door/networks.ts";
import { partsOfStack, removeStack } from "../../cluster/stack/stacks.ts";
import { type Command, defineCommand } from "../command.ts";
import { nothingFound } from "./nothing.ts";

export const command: Command = defineCommand({
  name: "stack rm",
  summary: "Remove stacks: services, secrets, configs, networks",
  usage: "STACK [STACK...]",
  description: "Volumes stay on the nodes that have them.",
  options: {
    detach: { kind: "refused", help: "networks can only go when their tasks have" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba stack rm shop", "all of it but volumes"]],
  async run(_values, stacks, cli) {
    const ask = await askNode(cli.engine());
    for (const stack of stacks) {
      if ((await partsOfStack(ask, stack)).length === 0) throw nothingFound(stack);
      const removed = removeStack(ask, stack, async (id) => await removeLeftNetwork(ask, id));
      for await (const { kind, name } of removed) cli.out(`Removing ${kind} ${name}\n`);
    }
    return 0;
  },
});
