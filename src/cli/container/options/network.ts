import { EstibaError } from "../../../lib/error.ts";
import { parsePort } from "../../../network/parse-port.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { NetworkMode, PortMapping } from "../../../state/spec/network.ts";
import type { Values } from "../../command.ts";
import { badOption } from "../bad-option.ts";
import { modeOf } from "./namespaces.ts";

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
    help: "How it reaches the network: bridge, none, host, private, container:NAME, ns:PATH",
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

// Podman's name of the default network, Docker's, and what both take for "the default".
const DEFAULT_NETWORK = ["bridge", "default", "podman", "private", ""];

function networkMode(text = ""): NetworkMode {
  if (DEFAULT_NETWORK.includes(text)) return "bridge";
  if (text === "none") return text;
  if (!/^(host$|container:|ns:)/.test(text))
    throw badOption("--network", text, "a network: bridge, none, host, container:NAME or ns:PATH");
  const mode = modeOf("--network", text);
  return mode === undefined || mode === "private" ? "bridge" : mode;
}
