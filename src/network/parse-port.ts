import { EstibaError } from "../lib/error.ts";
import type { PortMapping } from "../state/spec/network.ts";
import { formatIp, parseIp } from "./address.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"] as const;
const FORM = "[IP:][HOST[-HOST]:]CONTAINER[-CONTAINER][/tcp|udp|sctp], with an IPv6 address in brackets";

type Range = { first: number; count: number };

/**
 * Reads a published port as Docker and Podman write it: `[ip:][host[-host]:]container[-container][/proto]`. Without a host port, or with
 * 0, a free one is taken (`hostPort` 0), and out of a range for one container port one of these (`among`); without an address the port is published on every IPv4 and IPv6 address (`hostIp` "").
 * Throws `invalid` naming the part that is wrong.
 */
export function parsePort(text: string): PortMapping {
  const slash = text.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : parseProtocol(text.slice(slash + 1), text);
  const { address, host, container } = splitParts(slash < 0 ? text : text.slice(0, slash), text);
  const inside = parseRange(container, "container port", text);
  if (inside.first === 0) throw wrongPort(text, `the container port "${container}" is not between 1 and 65535`);
  const outside = host === "" ? { first: 0, count: inside.count } : parseRange(host, "host port", text);
  const random = outside.first === 0;
  const among = { first: outside.first, last: outside.first + outside.count - 1 };
  const hostIp = address === "" ? "" : parseAddress(address, text);
  const mapping = { hostIp, containerPort: inside.first, protocol, range: inside.count };
  if (!random && outside.count > 1 && inside.count === 1) return { ...mapping, hostPort: 0, among };
  if (random ? host.includes("-") : outside.count !== inside.count) {
    const counts = `${outside.count} and ${inside.count}`;
    throw wrongPort(
      text,
      random
        ? `a range of host ports cannot begin at 0`
        : `the ranges of host and container ports differ in length (${counts})`,
    );
  }
  return { ...mapping, hostPort: outside.first };
}

function splitParts(ports: string, text: string): { address: string; host: string; container: string } {
  const colon = ports.lastIndexOf(":");
  const container = ports.slice(colon + 1);
  if (colon < 0) return { address: "", host: "", container };
  const rest = ports.slice(0, colon);
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(rest);
  if (bracket !== null) {
    if (bracket[1] === "" || bracket[2] === undefined) {
      throw wrongPort(text, `"${rest}" is not [ADDRESS]:HOSTPORT`);
    }
    return { address: bracket[1] ?? "", host: bracket[2], container };
  }
  const parts = rest.split(":");
  if (parts.length > 2) throw wrongPort(text, `"${rest}" has too many colons; an IPv6 address stands in brackets`);
  if (parts.length === 1 && rest.includes(".")) throw wrongPort(text, `"${rest}" is no host port`);
  // ":80" and ":8080:80" are slips, not "any address".
  if (parts[0] === "") throw wrongPort(text, parts.length === 1 ? "the host port is empty" : "the address is empty");
  return parts.length === 1
    ? { address: "", host: rest, container }
    : { address: parts[0] ?? "", host: parts[1] ?? "", container };
}

function parseProtocol(text: string, whole: string): PortMapping["protocol"] {
  const found = PROTOCOLS.find((protocol) => protocol === text.toLowerCase());
  if (found === undefined) throw wrongPort(whole, `"${text}" is no protocol`);
  return found;
}

function parseAddress(text: string, whole: string): string {
  const address = parseIp(text);
  if (address === undefined) throw wrongPort(whole, `"${text}" is no IP address`);
  return formatIp(address);
}

function parseRange(text: string, part: string, whole: string): Range {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  if (match === null)
    throw wrongPort(whole, text === "" ? `the ${part} is empty` : `the ${part} "${text}" is no number`);
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  if (first > 65_535 || last > 65_535) throw wrongPort(whole, `the ${part} "${text}" is not between 1 and 65535`);
  if (last < first) throw wrongPort(whole, `the ${part} range "${text}" runs backwards`);
  return { first, count: last - first + 1 };
}

function wrongPort(text: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.wrong_port",
    what: `cannot publish "${text}": ${why}`,
    fix: `write ${FORM}`,
  });
}
