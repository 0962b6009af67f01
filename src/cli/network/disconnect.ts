import { disconnectFromNetwork } from "../../engine/network/connect.ts";
import { type Command, defineCommand } from "../command.ts";

export const command: Command = defineCommand({
  name: "network disconnect",
  summary: "Take a container off a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  options: {
    force: { kind: "flag", short: "f", help: "As without it: nothing keeps a container on a network", hidden: true },
  },
  args: [2, 2],
  complete: ["network", "container"],
  examples: [["estiba network disconnect backend postgres", "from one of its networks"]],
  async run(_values, [network = "", container = ""], cli) {
    await disconnectFromNetwork(cli.engine(), container, network);
    return 0;
  },
});
