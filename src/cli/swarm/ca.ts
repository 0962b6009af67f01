import { askNode } from "../../cluster/door/client.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "swarm ca",
  summary: "Show the root certificate of the cluster",
  usage: "[OPTIONS]",
  options: {
    rotate: { kind: "refused", help: "the root cannot be replaced while nodes run yet; it is good for twenty years" },
    "ca-cert": { kind: "refused", help: "the root cannot be replaced yet" },
    "ca-key": { kind: "refused", help: "the root cannot be replaced yet" },
    "cert-expiry": { kind: "refused", help: "certificates are good for 90 days, and renewed after half of them" },
    detach: { kind: "refused", help: "there is nothing to wait for" },
    "external-ca": { kind: "refused", help: "the cluster's own CA is the only one" },
    quiet: { kind: "refused", help: "there is no progress to show" },
  },
  args: [0, 0],
  examples: [["estiba swarm ca > ca.pem", "for who wants to know whom nodes trust"]],
  async run(_values, _args, cli) {
    const ask = await askNode(cli.engine());
    const { ca } = await ask<{ ca: string }>("GET", "/ca");
    cli.out(`${ca.trimEnd()}\n`);
    return 0;
  },
});
