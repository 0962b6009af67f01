import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import {
  deleteLease,
  deleteLeases,
  insertLease,
  isLeased,
  isLeased6,
  type Lease,
  listLeases,
  readLeaseCursor,
  writeLeaseCursor,
} from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import {
  addressAt,
  type Cidr,
  formatIp,
  ipv4Number,
  isEdge,
  macOf,
  overlaps,
  parseCidr,
  parseIp,
  parseIpv4Range,
} from "./address.ts";

/** Addresses asked for by name; what is left out is chosen. */
export type WantedAddresses = { ipv4?: string; ipv6?: string; mac?: string };

/**
 * Gives the container its addresses on the network: the IPv4 address after the one given last (wrapping around; gateway, network and
 * broadcast address left out), the IPv6 address with the same number, and the MAC that belongs to the IPv4 address. Idempotent: an
 * endpoint that has a lease keeps it. Throws `in_use` or `invalid` for a wanted address, `exhausted` when none is free.
 */
export function allocateLease(
  live: Database,
  network: NetworkRecord,
  containerId: string,
  wanted: WantedAddresses = {},
): Lease {
  const held = (): Lease | undefined => listLeases(live, containerId).find(({ networkId }) => networkId === network.id);
  const kept = held();
  if (kept !== undefined) return kept;
  if (network.cluster !== undefined && wanted.ipv4 === undefined) throw notOurs(network);
  // Chosen without the database's write lock, for which many starts may be waiting; taken with it, and chosen anew if somebody was quicker.
  const first = chooseLease(live, network, containerId, wanted);
  return transaction(live, () => {
    const taken = takeLease(live, first);
    if (taken !== undefined) return noteCursor(live, taken, wanted);
    const other = held();
    if (other !== undefined) return other;
    const second = takeLease(live, chooseLease(live, network, containerId, wanted));
    if (second === undefined) throw addressInUse(first.lease, network);
    return noteCursor(live, second, wanted);
  });
}

/** Throws `invalid` for a wanted address that the network cannot give to any container. */
export function checkAddresses(network: NetworkRecord, { ipv4, ipv6 }: WantedAddresses): void {
  if (ipv4 !== undefined) wantedIn(network, 4, ipv4);
  if (ipv6 !== undefined) wantedIn(network, 6, ipv6);
}

/** Frees the container's addresses, on one network or on all; idempotent. */
export function releaseLease(live: Database, containerId: string, networkId?: string): void {
  if (networkId === undefined) deleteLeases(live, containerId);
  else deleteLease(live, containerId, networkId);
}

/** A lease with what counts it on its network: its IPv4 address as a number, or just a number. */
type Numbered = { readonly lease: Lease; readonly number: number };

// Numbers of a network without IPv4: no addresses, and enough for every bridge.
const NUMBERS: Cidr = { address: new Uint8Array(4), prefix: 8 };

/** Addresses that an endpoint could have, not taken yet. Throws as {@link allocateLease}. */
export function chooseLease(
  live: Database,
  network: NetworkRecord,
  containerId: string,
  wanted: WantedAddresses,
): Numbered {
  const range = rangeOf(network, 4);
  const numbers = range ?? numbersOf(network);
  const address = wanted.ipv4 === undefined ? nextFree(live, network, numbers) : wantedIn(network, 4, wanted.ipv4);
  const number = ipv4Number(address);
  const lease = {
    containerId,
    networkId: network.id,
    ipv4: range === undefined ? undefined : formatIp(address),
    ipv6: ipv6For(network, number - ipv4Number(numbers.address), wanted.ipv6),
    mac: wanted.mac ?? (range === undefined ? macOfNumber(network, address) : macOf(address)),
  };
  return { lease, number };
}

// As many as its IPv6 subnet has, where that is small.
function numbersOf(network: NetworkRecord): Cidr {
  const six = rangeOf(network, 6);
  return { ...NUMBERS, prefix: Math.max(NUMBERS.prefix, six === undefined ? 0 : six.prefix - 96) };
}

// Numbers of different networks are alike: the network's id tells their MAC addresses apart.
function macOfNumber({ id }: NetworkRecord, [, ...number]: Uint8Array): string {
  return macOf(Uint8Array.of(Number.parseInt(id.slice(0, 2), 16), ...number));
}

function takeLease(live: Database, { lease, number }: Numbered): Numbered | undefined {
  return insertLease(live, lease, number) ? { lease, number } : undefined;
}

function noteCursor(live: Database, { lease, number }: Numbered, wanted: WantedAddresses): Lease {
  if (wanted.ipv4 === undefined) writeLeaseCursor(live, lease.networkId, number);
  return lease;
}

function nextFree(live: Database, network: NetworkRecord, subnet: Cidr): Uint8Array {
  const base = ipv4Number(subnet.address);
  const subnetSize = 2 ** (32 - subnet.prefix);
  const part = parseIpv4Range(network.subnets.find(({ family }) => family === 4)?.range ?? "");
  const first = part === undefined ? 0 : part.first - base;
  const size = part === undefined ? subnetSize : part.last - part.first + 1;
  const last = readLeaseCursor(live, network.id);
  const start = last === undefined ? (first === 0 ? 0 : -1) : last - base - first;
  for (let step = 1; step <= size; step += 1) {
    const offset = first + ((((start + step) % size) + size) % size);
    if (offset === 0 || offset === subnetSize - 1) continue;
    if (isFree(live, network, { base, offset })) return addressAt(subnet, offset);
  }
  throw new EstibaError("exhausted", {
    reason: "network.no_free_address",
    what: `no address is free on the network "${network.name}" (${subnetSize - 3} in its subnet${part === undefined ? "" : `, ${size} in its range`})`,
    fix: "remove containers that are not needed, or run: estiba system check --repair",
  });
}

// The IPv6 address of the same number must be free, too: somebody may have asked for it by name, or it is the gateway's.
function isFree(live: Database, network: NetworkRecord, { base, offset }: { base: number; offset: number }): boolean {
  if (base + offset === gatewayOf(network, 4) || isLeased(live, network.id, base + offset)) return false;
  const range = rangeOf(network, 6);
  if (range === undefined) return true;
  const ipv6 = formatIp(addressAt(range, offset));
  return ipv6 !== network.subnets.find(({ family }) => family === 6)?.gateway && !isLeased6(live, network.id, ipv6);
}

function ipv6For(network: NetworkRecord, offset: number, wanted: string | undefined): string | undefined {
  if (wanted !== undefined) return formatIp(wantedIn(network, 6, wanted));
  const range = rangeOf(network, 6);
  return range && formatIp(addressAt(range, offset));
}

function wantedIn(network: NetworkRecord, family: 4 | 6, text: string): Uint8Array {
  const range = rangeOf(network, family);
  const address = parseIp(text);
  if (address === undefined || address.length !== (family === 4 ? 4 : 16)) {
    throw wrongAddress(text, network, `it is no IPv${family} address`);
  }
  if (range === undefined) throw wrongAddress(text, network, `it gives no IPv${family} addresses`);
  if (!overlaps(range, { address, prefix: address.length * 8 })) {
    throw wrongAddress(text, network, "it lies outside of the network's subnets");
  }
  const gateway = network.subnets.find((subnet) => subnet.family === family)?.gateway;
  if (formatIp(address) === gateway) throw wrongAddress(text, network, "it is the network's gateway");
  if (family === 4 && isEdge(range, address))
    throw wrongAddress(text, network, "it is the subnet's first or last address");
  return address;
}

function rangeOf(network: NetworkRecord, family: 4 | 6): Cidr | undefined {
  const subnet = network.subnets.find((candidate) => candidate.family === family);
  return subnet && parseCidr(subnet.cidr);
}

function gatewayOf(network: NetworkRecord, family: 4): number {
  const gateway = parseIp(network.subnets.find((subnet) => subnet.family === family)?.gateway ?? "");
  return gateway === undefined ? -1 : ipv4Number(gateway);
}

function wrongAddress(text: string, network: NetworkRecord, why: string): EstibaError {
  const subnets = network.subnets.map(({ cidr }) => cidr).join(" or ");
  return new EstibaError("invalid", {
    reason: "network.wrong_address",
    what: `the address "${text}" cannot be given on the network "${network.name}": ${why}`,
    fix: subnets === "" ? "leave the address out" : `choose one inside of ${subnets}`,
  });
}

function notOurs({ name }: NetworkRecord): EstibaError {
  return new EstibaError("unavailable", {
    reason: "network.not_given",
    what: `the cluster, which gives the addresses of the network "${name}", has given none`,
    fix: "start the container anew",
    retryable: true,
  });
}

function addressInUse(lease: Lease, network: NetworkRecord): EstibaError {
  const addresses = [lease.ipv4, lease.ipv6].filter((address) => address !== undefined);
  return new EstibaError("in_use", {
    reason: "network.address_in_use",
    what: `an address of ${addresses.join(", ")} is in use by another container of the network "${network.name}"`,
    fix: "choose another address, or stop that container",
  });
}
