import { joinCluster } from "../../cluster/node/join.ts";
import { parseAddress } from "../../cluster/remote/node-server.ts";
import { type Command, defineCommand } from "../command.ts";
import { badOption } from "../container/bad-option.ts";
import { VERSION } from "../version.ts";
import { hintAtBoot } from "./boot-hint.ts";
import { ETCD_OPTIONS, storeOf } from "./etcd-options.ts";

export const command: Command = defineCommand({
  name: "swarm join",
  summary: "Make this machine a node of a cluster",
  usage: "[OPTIONS] HOST:PORT",
  description:
    "The token says whom to trust, and whether this machine becomes a worker or a manager: a machine in between that\nplays the manager is noticed before anything is told to it. The manager gives a certificate, by which the two know\neach other from then on; to another manager it also says where the state is. Any manager may be named.",
  options: {
    token: {
      kind: "string",
      value: "TOKEN",
      help: "What estiba swarm join-token shows on a manager; - reads it from stdin",
    },
    "advertise-addr": { kind: "string", value: "IP", help: "The address that other nodes reach this manager at" },
    "listen-addr": {
      kind: "string",
      value: "IP[:PORT]",
      help: "Where this manager listens for other nodes (default port 2377)",
    },
    ...ETCD_OPTIONS,
    etcd: { ...ETCD_OPTIONS.etcd, help: "Where this manager reaches the etcd of the others (default as they do)" },
    availability: { kind: "refused", help: "afterwards, on a manager: estiba node update --availability" },
    "data-path-addr": { kind: "refused", help: "tunnels use the address that nodes are reached at" },
  },
  args: [1, 1],
  examples: [["estiba swarm join --token SWMTKN-1-... 10.0.0.5:2377", "as estiba swarm join-token shows it"]],
  async run(values, [manager = ""], cli) {
    const { "advertise-addr": address, "listen-addr": listen } = values;
    const token = values.token === "-" ? await Bun.stdin.text() : values.token;
    if (token === undefined)
      throw badOption("--token", "", "there", "estiba swarm join-token worker shows it on a manager");
    if (listen !== undefined) parseAddress(listen);
    const store = storeOf(values);
    const { role } = await joinCluster(cli.engine(), { manager, token, version: VERSION, address, listen, store });
    cli.out(`This node joined a swarm as a ${role}.\n`);
    hintAtBoot(cli);
    return 0;
  },
});
