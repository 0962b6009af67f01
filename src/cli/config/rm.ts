import { type Command, defineCommand } from "../command.ts";
import { forEachName } from "../container/each.ts";
import { clusterFiles } from "../secret/cluster.ts";

export const command: Command = defineCommand({
  name: "config rm",
  summary: "Remove configs of the cluster",
  usage: "CONFIG [CONFIG...]",
  description: "One that a service has is not removed.",
  options: {},
  args: [1, Number.POSITIVE_INFINITY],
  examples: [["estiba config rm web.conf", "one"]],
  async run(_values, args, cli) {
    const files = clusterFiles(cli.engine(), "config");
    return await forEachName(cli, args, async (name) => {
      await files.remove(name);
      return name;
    });
  },
});
