import { connectNetwork } from "../../engine/network/connect.ts";
import { type Command, defineCommand } from "../command.ts";
import { checkAttachment } from "../container/options/attachment.ts";

export const command: Command = defineCommand({
  name: "network connect",
  summary: "Attach a container to a network",
  usage: "[OPTIONS] NETWORK CONTAINER",
  description: "A running container has a further interface at once; any other one with its next start.",
  options: {
    alias: { kind: "list", value: "NAME", help: "A further name by which others of the network find it" },
    "driver-opt": { kind: "list", value: "KEY=VALUE", help: "Docker's options of an endpoint: ifname, sysctls" },
    "gw-priority": { kind: "string", value: "NUMBER", help: "The network with the highest is the way out (default 0)" },
    ip: { kind: "string", value: "IP", help: "Its IPv4 address there" },
    ip6: { kind: "string", value: "IP", help: "Its IPv6 address there" },
    "mac-address": { kind: "string", value: "MAC", help: "Its MAC address there" },
    link: { kind: "refused", help: "Docker itself keeps it for old set-ups only; use --alias" },
    "link-local-ip": { kind: "refused", help: "the kernel gives link-local addresses" },
  },
  args: [2, 2],
  complete: ["network", "container"],
  examples: [["estiba network connect --alias db backend postgres", "one more network, one more name"]],
  async run(values, [network = "", container = ""], cli) {
    const { ip: ipv4, ip6: ipv6, "mac-address": mac, alias: aliases } = values;
    const { "gw-priority": gatewayPriority, "driver-opt": driverOptions } = values;
    const attachment = checkAttachment({ network, ipv4, ipv6, mac, aliases, gatewayPriority, driverOptions });
    for (const warning of await connectNetwork(cli.engine(), container, attachment)) cli.warn(warning);
    return 0;
  },
});
