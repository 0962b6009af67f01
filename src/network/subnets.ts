import { EstibaError } from "../lib/error.ts";
import type { NetworkRecord, Subnet } from "../state/networks.ts";
import {
  addressAt,
  type Cidr,
  formatIp,
  ipv4At,
  isEdge,
  maskAddress,
  overlaps,
  parseCidr,
  parseIp,
  parseIpv4Range,
} from "./address.ts";
import { hostHasIpv6 } from "./bridge.ts";
import { rangesOf } from "./bridge-networks.ts";
import { claimFreeSubnet, machineId, toSubnet, uniqueLocalSubnet, usedRanges } from "./default-network.ts";
import type { NetworkRoot } from "./root-id.ts";
import { claimSubnet, claimsOfOthers, releaseClaim } from "./subnet-claims.ts";

/** A subnet as text, with what belongs to it. */
export type AskedSubnet = {
  readonly cidr: string;
  readonly gateway?: string | undefined;
  readonly range?: string | undefined;
};

type Asked = {
  readonly subnets: readonly AskedSubnet[];
  /** An IPv6 subnet, and, unless `ipv4` is false, an IPv4 one, where they are not among the subnets. */
  readonly ipv6: boolean;
  readonly ipv4?: boolean | undefined;
};

const AUTOMATIC_PREFIX = 24;
const MOST_ORDINALS = 65_536;

/**
 * The subnets of a new network: those asked for, an IPv4 one of the pools where none was or `ipv6` asks for both, and with `ipv6` a /64
 * that follows from machine and root. None overlaps a route, an address or a name server of this host, nor another network. Noted down for the root (IPv4).
 */
export function chooseSubnets(root: NetworkRoot, networks: readonly NetworkRecord[], asked: Asked): Subnet[] {
  const used = [...usedRanges(), ...rangesOf(networks)];
  const wanted = readSubnets(asked);
  const unwanted = wanted.find(({ family }) => family === 4 && asked.ipv4 === false);
  if (unwanted !== undefined) throw badSubnet(unwanted.cidr, "the network is to be without IPv4");
  for (const subnet of wanted) requireFree(subnet, [...used, ...claimsOfOthers(root)]);
  const ipv4 = claimIpv4(root, used, { wanted, asked });
  try {
    const ipv6 = wanted.find(({ family }) => family === 6) ?? (asked.ipv6 ? localSubnet(root, used) : undefined);
    if (ipv4 === undefined && (ipv6 === undefined || !hostHasIpv6())) throw noFamily();
    if (ipv4 !== undefined && ipv6 !== undefined) requireRoom(ipv4, ipv6);
    return [ipv4, ipv6].flatMap((subnet) => subnet ?? []);
  } catch (error) {
    const claimed = parseCidr(ipv4?.cidr ?? "");
    if (claimed !== undefined) releaseClaim(root, claimed);
    throw error;
  }
}

/** The subnets asked for, one of a family at most. Throws `invalid`. */
export function readSubnets({ subnets }: Pick<Asked, "subnets">): Subnet[] {
  const wanted = subnets.map(parseSubnet);
  for (const family of [4, 6] as const) {
    if (wanted.filter((subnet) => subnet.family === family).length > 1)
      throw badSubnet(subnets[1]?.cidr ?? "", `a network has one IPv${family} subnet here`);
  }
  return wanted;
}

type Claiming = { readonly wanted: readonly Subnet[]; readonly asked: Asked };

function claimIpv4(root: NetworkRoot, used: readonly Cidr[], { wanted, asked }: Claiming): Subnet | undefined {
  const given = wanted.find(({ family }) => family === 4);
  const range = given === undefined ? undefined : parseCidr(given.cidr);
  if (range !== undefined && !claimSubnet(root, range)) throw taken(given?.cidr ?? "");
  if (given !== undefined) return given;
  const isWanted = asked.ipv4 !== false && (wanted.length === 0 || asked.ipv6);
  return isWanted ? toSubnet(claimFreeSubnet(root, used, AUTOMATIC_PREFIX)) : undefined;
}

function noFamily(): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.no_family",
    what: "a network without IPv4 needs IPv6, from --ipv6 or --subnet, and a host that has it",
    fix: "add --ipv6, or leave --ipv4=false out",
  });
}

function localSubnet(root: NetworkRoot, used: readonly Cidr[]): Subnet | undefined {
  if (!hostHasIpv6()) return undefined;
  for (let ordinal = 1; ordinal < MOST_ORDINALS; ordinal += 1) {
    const candidate = uniqueLocalSubnet(machineId(), root.id, ordinal);
    if (!used.some((range) => overlaps(range, candidate))) return toSubnet(candidate);
  }
  throw new EstibaError("exhausted", {
    reason: "network.no_free_subnet",
    what: "no IPv6 subnet is free for the network",
    fix: "remove networks that are not needed, or give one with --subnet",
  });
}

/** Reads a subnet with its gateway and range. Throws `invalid`. */
function parseSubnet({ cidr, gateway, range }: AskedSubnet): Subnet {
  const subnet = parseCidr(cidr);
  if (subnet === undefined) throw badSubnet(cidr, "it is no ADDRESS/PREFIX");
  const family = subnet.address.length === 4 ? 4 : 6;
  if (subnet.address.length * 8 - subnet.prefix < 2)
    throw badSubnet(cidr, "it has no room for a gateway and a container");
  const address = gateway === undefined ? addressAt(subnet, 1) : parseIp(gateway);
  if (address === undefined || !isInside(subnet, address))
    throw badSubnet(cidr, `gateway ${gateway} not in subnet ${cidr}`);
  if (family === 4 && isEdge(subnet, address))
    throw badSubnet(cidr, `the gateway ${gateway} is its first or last address, which no host can have`);
  return {
    family,
    cidr: `${formatIp(subnet.address)}/${subnet.prefix}`,
    gateway: formatIp(address),
    ...(range === undefined ? {} : { range: rangeIn(subnet, cidr, range) }),
  };
}

function rangeIn(subnet: Cidr, cidr: string, range: string): string {
  if (subnet.address.length === 16) throw badSubnet(cidr, "a range is for IPv4: IPv6 addresses have the same number");
  const part = parseIpv4Range(range);
  if (part === undefined) throw badSubnet(cidr, `the range ${range} is neither ADDRESS/PREFIX nor FIRST-LAST`);
  if (![part.first, part.last].every((number) => isInside(subnet, ipv4At(number))))
    throw badSubnet(cidr, `the range ${range} lies outside of it`);
  const whole = parseCidr(range);
  return whole === undefined ? range : `${formatIp(whole.address)}/${whole.prefix}`;
}

/** Whether an address is one of a subnet's. */
export function isInside(subnet: Cidr, address: Uint8Array): boolean {
  return (
    address.length === subnet.address.length &&
    formatIp(maskAddress(address, subnet.prefix).address) === formatIp(subnet.address)
  );
}

// A container's IPv6 address has the number of its IPv4 address.
function requireRoom(ipv4: Subnet, ipv6: Subnet): void {
  const bits = (cidr: string, width: number): number => width - Number(cidr.split("/")[1]);
  if (bits(ipv6.cidr, 128) < bits(ipv4.cidr, 32))
    throw badSubnet(ipv6.cidr, `it has fewer addresses than the IPv4 subnet ${ipv4.cidr}`);
}

function requireFree({ cidr }: Subnet, used: readonly Cidr[]): void {
  const range = parseCidr(cidr);
  if (range !== undefined && used.some((other) => overlaps(other, range))) throw taken(cidr);
}

function taken(cidr: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.subnet_in_use",
    what: `subnet ${cidr} is already used on the host or by another config`,
    fix: "choose another one (see: ip route, estiba network ls), or leave it out",
  });
}

function badSubnet(cidr: string, why: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.bad_subnet",
    what: `the subnet "${cidr}" cannot be used: ${why}`,
    fix: "write it as 10.90.0.0/24, with the gateway and the range inside of it",
  });
}
