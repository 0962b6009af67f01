import { csvFields } from "../../../lib/csv-fields.ts";
import { formatIp, parseIp, parseMac } from "../../../network/address.ts";
import { type EndpointOptions, readEndpointOptions } from "../../../network/endpoint-options.ts";
import type { NetworkAttachment, NetworkLink } from "../../../state/spec/network.ts";
import { badOption } from "../bad-option.ts";

/** An attachment as the words of options give it. */
export type AskedAttachment = {
  readonly network: string;
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
  readonly mac?: string | undefined;
  readonly aliases?: readonly string[];
  /** NAME:ALIAS, as Docker's clients send them. */
  readonly links?: readonly string[];
  readonly interfaceName?: string | undefined;
  readonly gatewayPriority?: string | undefined;
  /** KEY=VALUE. */
  readonly driverOptions?: readonly string[];
};

type Key =
  | "ipv4"
  | "ipv6"
  | "mac"
  | "alias"
  | "link"
  | "interfaceName"
  | "gatewayPriority"
  | "driverOption"
  | "network";

/** Podman's words, and those of Docker's long form. */
const KEYS: Readonly<Record<string, Key>> = {
  ip: "ipv4",
  ip6: "ipv6",
  mac: "mac",
  "mac-address": "mac",
  alias: "alias",
  link: "link",
  interface_name: "interfaceName",
  priority: "gatewayPriority",
  "gw-priority": "gatewayPriority",
  "driver-opt": "driverOption",
  opt: "driverOption",
  name: "network",
};
const WORDS = "ip=, ip6=, mac=, alias=, interface_name=, priority=, opt=";

/** Reads `NAME[:KEY=VALUE,...]`, as Podman has it, or `name=NAME,KEY=VALUE,...`, as Docker. Throws `invalid`. */
export function parseAttachment(text: string): AskedAttachment {
  const long = /^(?:[a-z0-9_-]+=)/.test(text);
  const colon = text.indexOf(":");
  const short = long || colon < 0 ? text : text.slice(0, colon);
  const values: Partial<Record<Key, string>> = long ? {} : { network: short };
  const [aliases, links, driverOptions]: [string[], string[], string[]] = [[], [], []];
  for (const word of csvFields(long ? text : text.slice(short.length + 1))) {
    const equals = word.indexOf("=");
    const key = KEYS[equals < 0 ? word : word.slice(0, equals)];
    const value = word.slice(equals + 1);
    if (key === undefined || equals < 0 || value === "" || (key === "network" && !long))
      throw badOption("--network", text, `a network with ${WORDS}`);
    if (key === "alias") aliases.push(value);
    else if (key === "link") links.push(value);
    else if (key === "driverOption") driverOptions.push(value);
    // An address of either family may stand at "ip", as with Podman.
    else values[key === "ipv4" && value.includes(":") ? "ipv6" : key] = value;
  }
  const { network, ipv4, ipv6, mac, interfaceName, gatewayPriority } = values;
  if (network === undefined) throw badOption("--network", text, "a network: name=NAME is missing");
  return { network, ipv4, ipv6, mac, interfaceName, gatewayPriority, aliases, links, driverOptions };
}

/** The attachment with its values checked, in their usual form. Throws `invalid`. */
export function checkAttachment(asked: AskedAttachment): NetworkAttachment {
  const { network, ipv4, ipv6, mac, aliases = [], links = [], gatewayPriority: priority } = asked;
  const { interfaceName = asked.interfaceName, sysctls } = driverOptionsOf(asked.driverOptions ?? []);
  if (mac !== undefined && (parseMac(mac) === undefined || (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1))
    throw badOption("--mac-address", mac, "a MAC address of one interface, such as 02:42:0a:40:00:02");
  const strange = aliases.find((alias) => !/^[a-zA-Z0-9_]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?$/.test(alias));
  if (strange !== undefined) throw badOption("--network-alias", strange, "a name of letters, digits, _ . and -");
  if (interfaceName !== undefined && (!/^[^\s/:]{1,15}$/.test(interfaceName) || /^(lo|\.|\.\.)$/.test(interfaceName)))
    throw badOption("--network", interfaceName, "an interface name of up to 15 characters");
  return {
    network,
    ...(ipv4 === undefined ? {} : { ipv4: address("--ip", ipv4, 4) }),
    ...(ipv6 === undefined ? {} : { ipv6: address("--ip6", ipv6, 16) }),
    ...(mac === undefined ? {} : { mac: mac.toLowerCase() }),
    ...(aliases.length === 0 ? {} : { aliases }),
    ...(links.length === 0 ? {} : { links: links.map(linkOf) }),
    ...(interfaceName === undefined ? {} : { interfaceName }),
    ...(priority === undefined ? {} : { gatewayPriority: priorityOf(priority) }),
    ...(sysctls.length === 0 ? {} : { sysctls }),
  };
}

function linkOf(text: string): NetworkLink {
  const [, target = "", name = target] = /^\/?([^:]+)(?::\/?([^:]+))?$/.exec(text) ?? [];
  if (target === "") throw badOption("--link", text, "a container, and a name for it: NAME:ALIAS");
  // Names of a network are the short ids besides.
  return { name, target: /^[0-9a-f]{64}$/.test(target) ? target.slice(0, 12) : target };
}

function priorityOf(text: string): number {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw badOption("--network", text, "a priority: a number, of which the highest leads out");
}

function driverOptionsOf(options: readonly string[]): EndpointOptions {
  const read = readEndpointOptions(options);
  if ("option" in read) throw badOption("--driver-opt", read.option, read.wanted);
  return read;
}

function address(option: string, text: string, bytes: 4 | 16): string {
  const parsed = parseIp(text);
  if (parsed?.length === bytes) return formatIp(parsed);
  throw badOption(option, text, `an IPv${bytes === 4 ? 4 : 6} address`);
}
