import { updateNetwork } from "../../engine/network/update.ts";
import { type Command, defineCommand } from "../command.ts";
import { nameserversOf } from "./nameservers.ts";

export const command: Command = defineCommand({
  name: "network update",
  summary: "Change the name servers of a network",
  usage: "[OPTIONS] NETWORK",
  description: "Who its containers ask for foreign names; those that run notice at once. Without any left: the host's.",
  options: {
    "dns-add": { kind: "list", value: "IP", help: "Ask this server, too" },
    "dns-drop": { kind: "list", value: "IP", help: "Ask it no more" },
  },
  args: [1, 1],
  complete: "network",
  examples: [["estiba network update --dns-add 10.0.0.53 --dns-drop 1.1.1.1 web", "another server"]],
  async run(values, [name = ""], cli) {
    await Promise.resolve();
    const change = {
      add: nameserversOf("--dns-add", values["dns-add"]),
      drop: nameserversOf("--dns-drop", values["dns-drop"]),
    };
    cli.out(`${await updateNetwork(cli.engine(), name, change)}\n`);
    return 0;
  },
});
