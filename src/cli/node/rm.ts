import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "node rm",
  summary: "Remove nodes from the cluster",
  usage: "[OPTIONS] NODE [NODE...]",
  description:
    "A node that is down is forgotten. One that is forced out while it runs stops its tasks as soon as it hears of it.",
  options: {
    force: { kind: "flag", short: "f", help: "Also when it is heard of" },
  },
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba node rm old", "a machine that will not come back"]],
  async run(values, args, cli) {
    const ask = await askNode(cli.engine());
    return await forEachName(cli, args, async (name) => {
      await ask("DELETE", `/nodes/${encodeURIComponent(name)}?force=${values.force}`);
      return name;
    });
  },
});
