import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import {
  deleteLeases,
  insertLease,
  isLeased,
  type Lease,
  listLeases,
  readLeaseCursor,
  writeLeaseCursor,
} from "../state/leases.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { addressAt, type Cidr, formatIp, ipv4Number, macOf, overlaps, parseCidr, parseIp } from "./address.ts";

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
  // Chosen without the database's write lock, for which many starts may be waiting; taken with it, and chosen anew if somebody was quicker.
  const first = chooseLease(live, network, containerId, wanted);
  return transaction(live, () => {
    const lease = takeLease(live, first) ?? held() ?? takeLease(live, chooseLease(live, network, containerId, wanted));
    if (lease === undefined) throw addressInUse(first, network);
    if (wanted.ipv4 === undefined)
      writeLeaseCursor(live, network.id, ipv4Number(parseIp(lease.ipv4) ?? new Uint8Array(4)));
    return lease;
  });
}

/** Frees every address of the container; idempotent. */
export function releaseLease(live: Database, containerId: string): void {
  deleteLeases(live, containerId);
}

function chooseLease(live: Database, network: NetworkRecord, containerId: string, wanted: WantedAddresses): Lease {
  const range = rangeOf(network, 4);
  if (range === undefined) throw wrongAddress(wanted.ipv4 ?? "", network, "the network has no IPv4 subnet");
  const ipv4 = wanted.ipv4 === undefined ? nextFree(live, network, range) : wantedIn(network, 4, wanted.ipv4);
  return {
    containerId,
    networkId: network.id,
    ipv4: formatIp(ipv4),
    ipv6: ipv6For(network, ipv4Number(ipv4) - ipv4Number(range.address), wanted.ipv6),
    mac: wanted.mac ?? macOf(ipv4),
  };
}

function takeLease(live: Database, lease: Lease): Lease | undefined {
  return insertLease(live, lease) ? lease : undefined;
}

function nextFree(live: Database, network: NetworkRecord, range: Cidr): Uint8Array {
  const size = 2 ** (32 - range.prefix);
  const base = ipv4Number(range.address);
  const gateway = gatewayOf(network, 4);
  const last = readLeaseCursor(live, network.id);
  const start = last === undefined ? 0 : last - base;
  for (let step = 1; step < size; step += 1) {
    const offset = (((start + step) % size) + size) % size;
    if (offset === 0 || offset === size - 1 || base + offset === gateway) continue;
    if (!isLeased(live, network.id, base + offset)) return addressAt(range, offset);
  }
  throw new EstibaError("exhausted", {
    reason: "network.no_free_address",
    what: `no address is free on the network "${network.name}" (${size - 3} in its subnet)`,
    fix: "remove containers that are not needed, or run: estiba system check --repair",
  });
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
  if (range === undefined || !overlaps(range, { address, prefix: address.length * 8 })) {
    throw wrongAddress(text, network, "it lies outside of the network's subnets");
  }
  const gateway = network.subnets.find((subnet) => subnet.family === family)?.gateway;
  if (formatIp(address) === gateway) throw wrongAddress(text, network, "it is the network's gateway");
  const last = 2 ** (32 - range.prefix) - 1;
  const edge = family === 4 && [0, last].includes(ipv4Number(address) - ipv4Number(range.address));
  if (edge) throw wrongAddress(text, network, "it is the subnet's first or last address");
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
  return new EstibaError("invalid", {
    reason: "network.wrong_address",
    what: `the address "${text}" cannot be given on the network "${network.name}": ${why}`,
    fix: `choose one inside of ${network.subnets.map(({ cidr }) => cidr).join(" or ")}`,
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
