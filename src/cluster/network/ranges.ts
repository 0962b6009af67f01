import { EstibaError } from "../../lib/error.ts";
import { addressAt, type Cidr, formatIp, ipv4Number, overlaps, parseCidr, parseIp } from "../../network/address.ts";
import type { ClusterNetwork } from "../model/network.ts";

/** Apart from what nodes give their own networks by themselves. The first part is that of published ports. */
const POOL = "10.32.0.0/12";
const INGRESS_PREFIX = 16;
const USUAL_PREFIX = 22;
/** Swarm's first one. */
const FIRST_VNI = 4096;
const LAST_VNI = 0xfffffe;

/** The lowest number that no network has. */
export function freeVni(networks: Iterable<ClusterNetwork>): number {
  const taken = new Set([...networks].map(({ vni }) => vni));
  for (let vni = FIRST_VNI; vni <= LAST_VNI; vni += 1) if (!taken.has(vni)) return vni;
  throw noRoom();
}

/** The subnet of published ports, or the first of the pool that no network has. Throws `exhausted`. */
export function freeSubnet(networks: Iterable<ClusterNetwork>, isIngress: boolean): string {
  const used = [...networks].flatMap(({ subnet }) => parseCidr(subnet) ?? []);
  const pool = rangeOf(POOL);
  const prefix = isIngress ? INGRESS_PREFIX : USUAL_PREFIX;
  const size = 2 ** (32 - prefix);
  // Others leave the first part alone, whether it is in use yet or not.
  const start = isIngress ? 0 : 2 ** (32 - INGRESS_PREFIX);
  for (let offset = start; offset < 2 ** (32 - pool.prefix); offset += size) {
    const candidate: Cidr = { address: addressAt(pool, offset), prefix };
    if (!used.some((range) => overlaps(range, candidate))) return textOf(candidate);
  }
  throw noRoom();
}

/** A subnet that was asked for, as it is written down. Throws `invalid`, `conflict` where another network has a part of it. */
export function askedSubnet(networks: Iterable<ClusterNetwork>, text: string): string {
  const range = parseCidr(text);
  if (range === undefined || range.address.length !== 4 || range.prefix > 29 || range.prefix < 8) {
    throw new EstibaError("invalid", {
      reason: "network.bad_subnet",
      what: `the subnet "${text}" cannot be used: networks between nodes have an IPv4 one of 8 to 29 bits`,
      fix: "write it as 10.90.0.0/24, or leave it out",
    });
  }
  for (const { name, subnet } of networks) {
    if (!overlaps(rangeOf(subnet), range)) continue;
    throw overlapping(text, subnet, name);
  }
  return textOf(range);
}

/** An IPv6 subnet that was asked for, or one of this network's own that nobody else has (RFC 4193). Throws `invalid`, `conflict`. */
export function subnet6For(networks: Iterable<ClusterNetwork>, text: string | undefined, random: () => string): string {
  const all = [...networks];
  for (;;) {
    const range = text === undefined ? parseCidr(`${uniqueLocal(random())}/64`) : parseCidr(text);
    if (range === undefined || range.address.length !== 16 || range.prefix > 96 || range.prefix < 32) {
      throw new EstibaError("invalid", {
        reason: "network.bad_subnet",
        what: `the subnet "${text ?? ""}" cannot be used: the IPv6 one of a network between nodes has 32 to 96 bits`,
        fix: "write it as fd5a:12:34:1::/64, or give --ipv6 alone",
      });
    }
    const other = all.find(({ subnet6 }) => subnet6 !== undefined && overlaps(rangeOf(subnet6), range));
    if (other === undefined) return textOf(range);
    if (text !== undefined) throw overlapping(text, other.subnet6 ?? "", other.name);
  }
}

// Forty bits by chance, and a subnet's number.
function uniqueLocal(hex: string): string {
  return `fd${hex.slice(0, 2)}:${hex.slice(2, 6)}:${hex.slice(6, 10)}:${hex.slice(10, 14)}::`;
}

/** The IPv6 address of who has an IPv4 one: that of the same number; undefined on a network without. */
export function address6(
  { subnet, subnet6 }: Pick<ClusterNetwork, "subnet" | "subnet6">,
  ip: string,
): string | undefined {
  const address = parseIp(ip);
  if (subnet6 === undefined || address === undefined) return undefined;
  return formatIp(addressAt(rangeOf(subnet6), ipv4Number(address) - ipv4Number(rangeOf(subnet).address)));
}

/** The addresses of a subnet that can be somebody's, in order. */
export function* hostsOf(subnet: string): Generator<string> {
  const range = rangeOf(subnet);
  const last = 2 ** (32 - range.prefix) - 2;
  for (let offset = 1; offset <= last; offset += 1) yield formatIp(addressAt(range, offset));
}

function overlapping(text: string, subnet: string, name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.subnet_in_use",
    what: `the subnet ${text} overlaps ${subnet}, which the network "${name}" has`,
    fix: "choose another one, or leave it out",
  });
}

function rangeOf(text: string): Cidr {
  const range = parseCidr(text);
  if (range === undefined) throw new TypeError(`not a subnet: ${JSON.stringify(text)}`);
  return range;
}

function textOf({ address, prefix }: Cidr): string {
  return `${formatIp(address)}/${prefix}`;
}

function noRoom(): EstibaError {
  return new EstibaError("exhausted", {
    reason: "network.no_free_subnet",
    what: "no subnet is free for the network: those of the cluster have all of 10.32.0.0/12",
    fix: "remove networks that are not needed, or give one with --subnet",
  });
}
