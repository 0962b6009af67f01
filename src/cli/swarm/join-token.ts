import { askNode } from "../../cluster/door/client.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";

export const command: Command = defineCommand({
  name: "swarm join-token",
  summary: "Show what a machine needs to join the cluster",
  usage: "[OPTIONS] worker",
  description:
    "From the first time on, the manager listens for other nodes: where swarm init was told to, or on port 2377. Who has\nthe token can become a worker: it is a secret.",
  options: {
    quiet: { kind: "flag", short: "q", help: "Only the token" },
    rotate: { kind: "flag", help: "Make another one; by the old one nobody comes any more" },
  },
  args: [1, 1],
  examples: [
    ["estiba swarm join-token worker", "the command for the other machine"],
    ["estiba swarm join-token --rotate --quiet worker", "another token, when somebody has seen this one"],
  ],
  async run(values, [role = ""], cli) {
    if (role === "manager") throw oneManager();
    if (role !== "worker") throw badOption("swarm join-token", role, "worker");
    const ask = await askNode(cli.engine());
    const { token, at } = await ask<{ token: string; at: string }>("POST", "/join-token", { rotate: values.rotate });
    if (values.quiet) cli.out(`${token}\n`);
    else {
      if (values.rotate) cli.out("Successfully rotated worker join token.\n\n");
      cli.out(
        `To add a worker to this swarm, run the following command:\n\n    estiba swarm join --token ${token} ${at}\n\n`,
      );
    }
    return 0;
  },
});

function oneManager(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cluster.one_manager",
    what: "clusters have one manager yet: other machines join as workers",
    fix: "use: estiba swarm join-token worker",
  });
}
