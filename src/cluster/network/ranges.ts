import { EstibaError } from "../../lib/error.ts";
import { addressAt, type Cidr, formatIp, overlaps, parseCidr } from "../../network/address.ts";
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
    throw new EstibaError("conflict", {
      reason: "network.subnet_in_use",
      what: `the subnet ${text} overlaps ${subnet}, which the network "${name}" has`,
      fix: "choose another one, or leave it out",
    });
  }
  return textOf(range);
}

/** The addresses of a subnet that can be somebody's, in order. */
export function* hostsOf(subnet: string): Generator<string> {
  const range = rangeOf(subnet);
  const last = 2 ** (32 - range.prefix) - 2;
  for (let offset = 1; offset <= last; offset += 1) yield formatIp(addressAt(range, offset));
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
