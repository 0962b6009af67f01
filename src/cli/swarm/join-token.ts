import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";

export const command: Command = defineCommand({
  name: "swarm join-token",
  summary: "Show what a machine needs to join the cluster",
  usage: "[OPTIONS] worker|manager",
  description:
    "From the first time on, the manager listens for other nodes: where swarm init was told to, or on port 2377. Who has\nthe token can become a node of the cluster, and by that for managers learn all of its state: they are secrets.",
  options: {
    quiet: { kind: "flag", short: "q", help: "Only the token" },
    rotate: { kind: "flag", help: "Make another one; by the old one nobody comes any more" },
  },
  args: [1, 1],
  examples: [
    ["estiba swarm join-token worker", "the command for the other machine"],
    ["estiba swarm join-token manager", "for a further manager, when the state is in etcd"],
    ["estiba swarm join-token --rotate --quiet worker", "another token, when somebody has seen this one"],
  ],
  async run(values, [role = ""], cli) {
    if (role !== "worker" && role !== "manager") throw badOption("swarm join-token", role, "worker or manager");
    const ask = await askNode(cli.engine());
    const wanted = { rotate: values.rotate, role };
    const { token, at } = await ask<{ token: string; at: string }>("POST", "/join-token", wanted);
    if (values.quiet) cli.out(`${token}\n`);
    else {
      if (values.rotate) cli.out(`Successfully rotated ${role} join token.\n\n`);
      cli.out(
        `To add a ${role} to this swarm, run the following command:\n\n    estiba swarm join --token ${token} ${at}\n\n`,
      );
    }
    return 0;
  },
});
