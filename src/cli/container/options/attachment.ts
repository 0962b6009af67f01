import { formatIp, parseIp, parseMac } from "../../../network/address.ts";
import type { NetworkAttachment } from "../../../state/spec/network.ts";
import { badOption } from "../bad-option.ts";

/** An attachment as the words of options give it. */
export type AskedAttachment = {
  readonly network: string;
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
  readonly mac?: string | undefined;
  readonly aliases?: readonly string[];
  readonly interfaceName?: string | undefined;
};

const KEYS: Readonly<Record<string, "ipv4" | "ipv6" | "mac" | "alias" | "interfaceName">> = {
  ip: "ipv4",
  ip6: "ipv6",
  mac: "mac",
  alias: "alias",
  interface_name: "interfaceName",
};

/** Reads `NAME[:ip=IP,ip6=IP,mac=MAC,alias=NAME,interface_name=NAME]`, as Podman has it. Throws `invalid`. */
export function parseAttachment(text: string): AskedAttachment {
  const colon = text.indexOf(":");
  const network = colon < 0 ? text : text.slice(0, colon);
  const values: Partial<Record<string, string>> = {};
  const aliases: string[] = [];
  for (const word of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const equals = word.indexOf("=");
    const key = KEYS[equals < 0 ? word : word.slice(0, equals)];
    const value = word.slice(equals + 1);
    if (key === undefined || equals < 0 || value === "")
      throw badOption("--network", text, "a network with ip=, ip6=, mac=, alias=, interface_name=");
    if (key === "alias") aliases.push(value);
    // An address of either family may stand at "ip", as with Podman.
    else values[key === "ipv4" && value.includes(":") ? "ipv6" : key] = value;
  }
  const { ipv4, ipv6, mac, interfaceName } = values;
  return { network, ipv4, ipv6, mac, interfaceName, aliases };
}

/** The attachment with its values checked, in their usual form. Throws `invalid`. */
export function checkAttachment(asked: AskedAttachment): NetworkAttachment {
  const { network, ipv4, ipv6, mac, aliases = [], interfaceName } = asked;
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
    ...(interfaceName === undefined ? {} : { interfaceName }),
  };
}

function address(option: string, text: string, bytes: 4 | 16): string {
  const parsed = parseIp(text);
  if (parsed?.length === bytes) return formatIp(parsed);
  throw badOption(option, text, `an IPv${bytes === 4 ? 4 : 6} address`);
}
