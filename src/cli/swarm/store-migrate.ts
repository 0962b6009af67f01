import { askNode } from "../../cluster/door/client.ts";
import { EstibaError } from "../../lib/error.ts";
import { type Command, defineCommand } from "../command.ts";
import { ETCD_OPTIONS, storeOf } from "./etcd-options.ts";

export const command: Command = defineCommand({
  name: "swarm store migrate",
  summary: "Move the state of the cluster from a file to an etcd, or back",
  usage: "[OPTIONS]",
  description:
    "Tasks run on; changes wait for the moment that it takes. To an etcd: further managers can join afterwards. Back to a\nfile: when one manager is left.",
  options: {
    ...ETCD_OPTIONS,
    etcd: { ...ETCD_OPTIONS.etcd, help: "To this etcd (several times for several members)" },
    sqlite: { kind: "flag", help: "To a file of this manager" },
  },
  args: [0, 0],
  examples: [
    ["estiba swarm store migrate --etcd http://10.0.0.5:2379", "before a second manager joins"],
    ["estiba swarm store migrate --sqlite", "when the etcd is to go"],
  ],
  async run(values, _args, cli) {
    const etcd = storeOf(values);
    if ((etcd === undefined) !== values.sqlite) throw noPlace();
    const ask = await askNode(cli.engine());
    await ask("POST", "/state/migrate", { place: etcd ?? { kind: "sqlite" } });
    cli.out(`The state of the cluster is in ${etcd === undefined ? "a file" : "etcd"} now.\n`);
    return 0;
  },
});

function noPlace(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.no_place",
    what: "one place is needed to move the state to",
    fix: "name it: --etcd http://10.0.0.5:2379, or --sqlite for a file of this manager",
  });
}
