import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";

export const command: Command = defineCommand({
  name: "service rm",
  summary: "Remove services with their tasks",
  usage: "SERVICE [SERVICE...]",
  description: "The tasks' containers are stopped and removed afterwards.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba service rm web", "end it"]],
  async run(_values, args, cli) {
    const ask = await askNode(cli.engine());
    return await forEachName(cli, args, async (name) => {
      await ask("DELETE", `/services/${encodeURIComponent(name)}`);
      return name;
    });
  },
});
