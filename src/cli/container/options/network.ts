import { EstibaError } from "../../../lib/error.ts";
import { parsePort } from "../../../network/parse-port.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { NetworkMode, PortMapping } from "../../../state/spec/network.ts";
import type { Values } from "../../command.ts";

/** How a container reaches the network and is reached: options of `run` and `create`, as Podman names them. */
export const NETWORK_OPTIONS = {
  "add-host": { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts" },
  dns: { kind: "list", value: "IP", help: "Name server in /etc/resolv.conf" },
  "dns-option": { kind: "list", aliases: ["dns-opt"], value: "OPTION", help: "Resolver option" },
  "dns-search": { kind: "list", value: "DOMAIN", help: "Search domain" },
  expose: { kind: "list", value: "PORT[/PROTO]", help: "Expose a port without publishing it" },
  network: {
    kind: "string",
    aliases: ["net"],
    value: "MODE",
    help: "How it reaches the network",
    choices: ["bridge", "none", "host", "default", "podman"],
  },
  publish: { kind: "list", short: "p", value: "[IP:][HOST:]PORT[/PROTO]", help: "Publish a port or range on the host" },
  "publish-all": { kind: "flag", short: "P", help: "Publish every exposed port on a random one" },
} as const;

export function networkOf(
  values: Values<typeof NETWORK_OPTIONS>,
): Pick<
  ContainerSpec,
  "network" | "ports" | "publishAll" | "expose" | "addHosts" | "dns" | "dnsSearch" | "dnsOptions"
> {
  const network = networkMode(values.network);
  const ports = values.publish.map((text): PortMapping => parsePort(text));
  if (network === "host" && (ports.length > 0 || values["publish-all"])) {
    throw new EstibaError("invalid", {
      reason: "container.ports_on_host_network",
      what: "ports cannot be published with --network host: the container has the host's own ports",
      fix: "leave out --publish, or use --network bridge",
    });
  }
  return {
    network,
    ports,
    publishAll: values["publish-all"],
    expose: values.expose,
    addHosts: values["add-host"],
    dns: values.dns,
    dnsSearch: values["dns-search"],
    dnsOptions: values["dns-option"],
  };
}

function networkMode(text: string | undefined): NetworkMode {
  return text === "none" || text === "host" ? text : "bridge";
}
