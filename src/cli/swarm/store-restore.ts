import { restoreCluster } from "../../cluster/node/restore.ts";
import { parseAddress } from "../../cluster/remote/node-server.ts";
import { type Command, defineCommand } from "../command.ts";
import { VERSION } from "../version.ts";
import { ETCD_OPTIONS, storeOf } from "./etcd-options.ts";

export const command: Command = defineCommand({
  name: "swarm store restore",
  summary: "Make this machine the manager of a cluster from a backup",
  usage: "[OPTIONS] FILE",
  description:
    "Services are as they were when the backup was taken, and this machine is the only manager. Workers come back by\nthemselves when it has the address and the port of a manager that they know. The managers that there were are\nworkers that are down: none of them may run any more.",
  options: {
    "advertise-addr": { kind: "string", value: "IP", help: "The address that other nodes reach this one at" },
    "listen-addr": { kind: "string", value: "IP[:PORT]", help: "Listen for other nodes there (default port 2377)" },
    ...ETCD_OPTIONS,
  },
  args: [1, 1],
  examples: [
    ["estiba swarm store restore --listen-addr 0.0.0.0 /var/backups/cluster", "after the loss of all managers"],
  ],
  async run(values, [file = ""], cli) {
    const { "advertise-addr": address, "listen-addr": listen } = values;
    if (listen !== undefined) parseAddress(listen);
    const store = storeOf(values) ?? { kind: "sqlite" };
    const { nodeId } = await restoreCluster(cli.engine(), { file, address, listen, store, version: VERSION });
    cli.out(`Swarm restored: current node (${nodeId}) is now its manager.\n`);
    return 0;
  },
});
