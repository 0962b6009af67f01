import { leaveCluster } from "../../cluster/node/leave.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "swarm leave",
  summary: "Take this machine out of its cluster",
  usage: "[OPTIONS]",
  description: "The containers of its tasks are removed. With the last manager the cluster is gone.",
  options: {
    force: { kind: "flag", short: "f", help: "Also when the cluster is lost by that" },
  },
  args: [0, 0],
  examples: [["estiba swarm leave --force", "end a cluster of one machine"]],
  async run(values, _args, cli) {
    await leaveCluster(cli.engine(), { force: values.force });
    cli.out("Node left the swarm.\n");
    return 0;
  },
});
