import { joinCluster } from "../../cluster/node/join.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { VERSION } from "../version.ts";

export const command: Command = defineCommand({
  name: "swarm join",
  summary: "Make this machine a worker of a cluster",
  usage: "[OPTIONS] HOST:PORT",
  description:
    "The token says whom to trust: a machine in between that plays the manager is noticed before anything is told to\nit. The manager gives a certificate, by which the two know each other from then on.",
  options: {
    token: { kind: "string", value: "TOKEN", help: "What estiba swarm join-token shows on a manager" },
    "advertise-addr": { kind: "refused", help: "the manager sees the address that this machine comes from" },
    availability: { kind: "refused", help: "afterwards, on a manager: estiba node update --availability" },
    "data-path-addr": { kind: "refused", help: "tunnels use the address that nodes are reached at" },
    "listen-addr": { kind: "refused", help: "workers listen nowhere: they ask their manager" },
  },
  args: [1, 1],
  examples: [["estiba swarm join --token SWMTKN-1-... 10.0.0.5:2377", "as estiba swarm join-token shows it"]],
  async run(values, [manager = ""], cli) {
    const { token } = values;
    if (token === undefined)
      throw badOption("--token", "", "there", "estiba swarm join-token worker shows it on a manager");
    await joinCluster(cli.engine(), { manager, token, version: VERSION });
    cli.out("This node joined a swarm as a worker.\n");
    return 0;
  },
});
