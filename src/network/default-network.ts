import type { Database } from "bun:sqlite";
import { join } from "node:path";
import { AF_INET, AF_INET6, listAddresses, listRoutes } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { readOrEmpty } from "../host/read-if-there.ts";
import { EstibaError } from "../lib/error.ts";
import { transaction } from "../state/database.ts";
import { acquireLockSync } from "../state/lock.ts";
import { findNetwork, insertNetwork, listNetworks, type NetworkRecord, type Subnet } from "../state/networks.ts";
import { addressAt, type Cidr, formatIp, maskAddress, nameserversOf, overlaps, parseCidr, parseIp } from "./address.ts";
import { hostHasIpv6 } from "./bridge.ts";
import { asSeenBy, DEFAULT_NETWORK, rangesOf } from "./bridge-networks.ts";
import type { NetworkRoot } from "./root-id.ts";
import { claimOne } from "./subnet-claims.ts";

// Outside of what Podman (10.88 to 10.255), Docker (172.17 to 172.31, 192.168) and Kubernetes distributions hand out by themselves.
const POOLS = ["10.64.0.0/12", "10.48.0.0/12", "172.16.0.0/16"] as const;
const DEFAULT_PREFIX = 20;

/**
 * The record of the default network of the root. Made on first use, once: with an IPv4 subnet that overlaps no route, address, name
 * server or other root's network of this moment, and an IPv6 /64 that follows from the machine and the root.
 * Throws `exhausted` when every subnet of the pools is taken.
 */
export function ensureDefaultNetwork(store: Database, root: NetworkRoot): NetworkRecord {
  const found = findNetwork(store, DEFAULT_NETWORK);
  if (found !== undefined) return asSeenBy(root, found);
  using _ = lockNetworks(root);
  return asSeenBy(root, insertDefaultNetwork(store, root));
}

/**
 * Held from the choice of a network's subnet to its record: two that are made at once see each other. No transaction is open meanwhile,
 * for which every start would wait: routes and other roots are asked.
 */
export function lockNetworks({ runRoot }: NetworkRoot): Disposable {
  return acquireLockSync(join(runRoot, "locks", "networks"));
}

function insertDefaultNetwork(store: Database, root: NetworkRoot): NetworkRecord {
  const found = findNetwork(store, DEFAULT_NETWORK);
  if (found !== undefined) return found;
  const ipv4 = claimFreeSubnet(root, [...usedRanges(), ...rangesOf(listNetworks(store))]);
  const record: NetworkRecord = {
    id: new Bun.CryptoHasher("sha256").update(crypto.randomUUID()).digest("hex"),
    name: DEFAULT_NETWORK,
    driver: "bridge",
    bridgeName: root.bridgeName,
    subnets: [toSubnet(ipv4), ...(hostHasIpv6() ? [toSubnet(uniqueLocalSubnet(machineId(), root.id))] : [])],
    options: {},
    createdAt: Date.now(),
  };
  return transaction(store, () => insertNetwork(store, record));
}

/**
 * The first subnet of the pools that overlaps none of `used`; a root other than the default one starts looking at a place of its own, so
 * that roots seldom meet. Undefined when all are taken.
 */
export function chooseSubnet(used: readonly Cidr[], rootId: string, prefix: number = DEFAULT_PREFIX): Cidr | undefined {
  const candidates = POOLS.flatMap((pool) => subnetsOf(pool, prefix));
  const start = rootId === "" ? 0 : Number.parseInt(rootId, 16) % candidates.length;
  return [...candidates.slice(start), ...candidates.slice(0, start)].find(
    (candidate) => !used.some((range) => overlaps(candidate, range)),
  );
}

/** fd, 40 bits of the SHA-256 of machine and root, 16 bits of the network's number: a unique local /64 (RFC 4193). */
export function uniqueLocalSubnet(machine: string, rootId: string, ordinal = 0): Cidr {
  const digest = new Bun.CryptoHasher("sha256").update(`${machine}\n${rootId}`).digest();
  const address = new Uint8Array(16);
  address[0] = 0xfd;
  address.set(digest.subarray(0, 5), 1);
  address.set([ordinal >> 8, ordinal & 0xff], 6);
  return { address, prefix: 64 };
}

/** {@link chooseSubnet}, noted down for the root. Throws `exhausted` when every subnet of the pools is taken. */
export function claimFreeSubnet(root: NetworkRoot, used: readonly Cidr[], prefix: number = DEFAULT_PREFIX): Cidr {
  const subnet = claimOne(root, (others) => chooseSubnet([...used, ...others], root.id, prefix));
  if (subnet !== undefined) return subnet;
  throw new EstibaError("exhausted", {
    reason: "network.no_free_subnet",
    what: "no subnet is free for the network: every one overlaps a route or another network of this host",
    fix: "look at `ip route`, and remove networks or routes that are not needed",
  });
}

/** What this host reaches or owns at this moment: routes but the default ones, addresses of interfaces, name servers. */
export function usedRanges(): Cidr[] {
  using socket = new NetlinkSocket(NETLINK.ROUTE);
  const routes = [...listRoutes(socket, AF_INET), ...listRoutes(socket, AF_INET6)].flatMap(({ destination, prefix }) =>
    prefix === 0 || destination.length === 0 ? [] : [maskAddress(destination, prefix)],
  );
  const addresses = listAddresses(socket).map(({ address, prefix }) => maskAddress(address, prefix));
  const servers = nameserversOf(readOrEmpty("/etc/resolv.conf")).flatMap((server) => {
    const address = parseIp(server);
    return address === undefined ? [] : [{ address, prefix: address.length * 8 }];
  });
  return [...routes, ...addresses, ...servers];
}

function subnetsOf(pool: string, prefix: number): Cidr[] {
  const range = parseCidr(pool);
  if (range === undefined) return [];
  return Array.from({ length: 2 ** (prefix - range.prefix) }, (_, index) => ({
    address: addressAt(range, index * 2 ** (32 - prefix)),
    prefix,
  }));
}

/** The range with its first address as the gateway. */
export function toSubnet(range: Cidr): Subnet {
  return {
    family: range.address.length === 4 ? 4 : 6,
    cidr: `${formatIp(range.address)}/${range.prefix}`,
    gateway: formatIp(addressAt(range, 1)),
  };
}

/** What tells this machine from others; "" where it has no id. */
export function machineId(): string {
  return readOrEmpty("/etc/machine-id").trim() || readOrEmpty("/var/lib/dbus/machine-id").trim();
}
