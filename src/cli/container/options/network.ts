import { EstibaError } from "../../../lib/error.ts";
import { parsePort } from "../../../network/parse-port.ts";
import type { ContainerSpec } from "../../../state/container.ts";
import type { NetworkAttachment, NetworkMode, PortMapping } from "../../../state/spec/network.ts";
import type { Values } from "../../command.ts";
import { nameserversOf } from "../../network/nameservers.ts";
import { badOption } from "../bad-option.ts";
import { checkAttachment, parseAttachment } from "./attachment.ts";
import { modeOf } from "./namespaces.ts";

/** How a container reaches the network and is reached: options of `run` and `create`, as Podman names them. */
export const NETWORK_OPTIONS = {
  "add-host": { kind: "list", value: "NAME:IP", help: "Add a line to /etc/hosts" },
  dns: { kind: "list", value: "IP", help: "Name server in /etc/resolv.conf; none: leave that as the image has it" },
  "dns-option": { kind: "list", aliases: ["dns-opt"], value: "OPTION", help: "Resolver option" },
  "dns-search": { kind: "list", value: "DOMAIN", help: "Search domain" },
  expose: { kind: "list", value: "PORT[/PROTO]", help: "Expose a port without publishing it" },
  ip: { kind: "string", value: "IP", help: "Its IPv4 address on its only network" },
  ip6: { kind: "string", value: "IP", help: "Its IPv6 address on its only network" },
  "mac-address": { kind: "string", value: "MAC", help: "Its MAC address on its only network" },
  network: {
    kind: "list",
    aliases: ["net"],
    value: "NAME[:KEY=VALUE,...]",
    help: "Network (several times for several): NAME, bridge, none, host, private, container:NAME, ns:PATH; keys: ip, ip6, mac, alias, interface_name, priority, opt",
    offered: ["bridge", "none", "host", "private"],
    complete: "network-mode",
  },
  "network-alias": {
    kind: "list",
    aliases: ["net-alias"],
    value: "NAME",
    help: "A further name by which others of its networks find it",
  },
  publish: { kind: "list", short: "p", value: "[IP:][HOST:]PORT[/PROTO]", help: "Publish a port or range on the host" },
  "publish-group": {
    kind: "string",
    value: "NAME",
    help: "Share the host ports of -p with the other containers of this group",
  },
  "publish-standby": { kind: "flag", help: "With --publish-group: hold the ports, and get nothing yet" },
  "publish-all": { kind: "flag", short: "P", help: "Publish every exposed port on a random one" },
} as const;

export function networkOf(
  values: Values<typeof NETWORK_OPTIONS>,
): Pick<
  ContainerSpec,
  "network" | "networks" | "ports" | "publishAll" | "expose" | "addHosts" | "dns" | "dnsSearch" | "dnsOptions"
> {
  const { network, networks } = networksOf(values);
  return {
    network,
    ...(networks === undefined ? {} : { networks }),
    ports: portsOf(values),
    publishAll: values["publish-all"],
    expose: values.expose,
    addHosts: values["add-host"],
    dns: serversOf(values),
    dnsSearch: values["dns-search"],
    dnsOptions: values["dns-option"],
  };
}

function serversOf({ dns, "dns-search": search, "dns-option": options }: Values<typeof NETWORK_OPTIONS>): string[] {
  if (!dns.includes("none")) return nameserversOf("--dns", dns);
  if (dns.length + search.length + options.length === 1) return [];
  throw badOption(
    "--dns",
    "none",
    "possible together with what /etc/resolv.conf is to say",
    "leave out one of the two",
  );
}

function portsOf(values: Values<typeof NETWORK_OPTIONS>): PortMapping[] {
  const { publish, "publish-group": group, "publish-standby": standby } = values;
  const ports = publish.map(parsePort);
  if (group === undefined) {
    if (standby) throw badOption("--publish-standby", "true", "of use without --publish-group");
    return ports;
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(group))
    throw badOption("--publish-group", group, "a name of letters, digits, _ . and -");
  const share = { group, ...(standby ? { standby } : {}) };
  // A port that is chosen at random is each container's own.
  return ports.map((port) => (port.hostPort === 0 ? port : { ...port, share }));
}

// Podman's name of the default network, Docker's, and what both take for "the default".
const DEFAULT_NETWORK = ["bridge", "default", "podman", "private", ""];

type Networks = { readonly network: NetworkMode; readonly networks?: readonly NetworkAttachment[] };

type NetworkValues = Pick<Values<typeof NETWORK_OPTIONS>, "network" | "ip" | "ip6" | "mac-address" | "network-alias">;

/** The networks, or the mode, that options name. Throws `invalid` for what does not go together. */
export function networksOf(values: NetworkValues): Networks {
  const { ip: ipv4, ip6: ipv6, "mac-address": mac, "network-alias": aliases } = values;
  const special = [ipv4, ipv6, mac].some((value) => value !== undefined);
  const texts = values.network.length === 0 ? [""] : values.network.flatMap(namesIn);
  const mode = texts.map(modeAlone).find((found) => found !== undefined && found !== "bridge");
  if (mode !== undefined) {
    if (texts.length > 1)
      throw badNetworks(`cannot set multiple networks without bridge network mode, selected mode ${mode}`);
    if (special || aliases.length > 0)
      throw badNetworks("networks and static ip/mac address can only be used with Bridge mode networking");
    return { network: mode };
  }
  const plain = texts.every((text) => modeAlone(text) === "bridge");
  if (plain && !special && aliases.length === 0) return { network: "bridge" };
  if (special && texts.length > 1)
    throw badNetworks("--ip, --ip6 and --mac-address can only be set for a single network");
  const networks = texts.map((text) => {
    const asked = parseAttachment(text);
    const twice = Object.entries({ ip: [ipv4, asked.ipv4], ip6: [ipv6, asked.ipv6], "mac-address": [mac, asked.mac] });
    const [option] = twice.find(([, values]) => !values.includes(undefined)) ?? [];
    if (option !== undefined) throw badNetworks(`conflicting options: --${option} and the same of --network ${text}`);
    return checkAttachment({
      ...asked,
      network: DEFAULT_NETWORK.includes(asked.network) ? "bridge" : asked.network,
      ipv4: ipv4 ?? asked.ipv4,
      ipv6: ipv6 ?? asked.ipv6,
      mac: mac ?? asked.mac,
      aliases: [...(asked.aliases ?? []), ...aliases],
    });
  });
  return { network: "bridge", networks };
}

// Podman's list of names, which have no keys: a colon begins those of one network, or belongs to a mode.
function namesIn(text: string): string[] {
  return text.includes(":") || text.includes("=") ? [text] : text.split(",");
}

/** The mode that a text names; undefined for a network by name. */
function modeAlone(text: string): NetworkMode | undefined {
  if (DEFAULT_NETWORK.includes(text)) return "bridge";
  if (text === "none") return text;
  if (/^(pasta|slirp4netns)(:|$)/.test(text))
    throw badOption(
      "--network",
      text,
      "a network, bridge, none, host, container:NAME or ns:PATH: this one is for users without root",
    );
  if (!/^(host$|container:|ns:)/.test(text)) return undefined;
  const mode = modeOf("--network", text);
  return mode === undefined || mode === "private" ? "bridge" : mode;
}

function badNetworks(what: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.bad_choice",
    what,
    fix: "name one or more networks, with addresses as --network NAME:ip=IP,mac=MAC",
  });
}
