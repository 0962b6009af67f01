import { findLink } from "../../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseCidr, parseIp } from "../../network/address.ts";
import { fitsIpv6, LEAST_IPV6_MTU } from "../../network/bridge.ts";
import { asSeenBy, bridgeNetworks } from "../../network/bridge-networks.ts";
import { lockNetworks } from "../../network/default-network.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import { driverOptions } from "../../network/known-options.ts";
import { type NetworkRoot, networkRoot } from "../../network/root-id.ts";
import { releaseClaim } from "../../network/subnet-claims.ts";
import { type AskedSubnet, chooseSubnets, isInside } from "../../network/subnets.ts";
import { requireVlans } from "../../network/vlan.ts";
import { transaction } from "../../state/database.ts";
import {
  findNetwork,
  insertNetwork,
  type NetworkDriver,
  type NetworkRecord,
  type StaticRoute,
  type Subnet,
} from "../../state/networks.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { withoutNames } from "./no-resolver.ts";
import { besideInterface, type Made, onForeignBridge, refuseSubnets } from "./on-lan.ts";

/** A network as asked for. */
export type NewNetwork = {
  readonly name: string;
  /** Undefined for `bridge`. */
  readonly driver?: NetworkDriver;
  readonly subnets: readonly AskedSubnet[];
  readonly ipv6: boolean;
  /** False: without an IPv4 subnet of the pools. */
  readonly ipv4?: boolean | undefined;
  readonly ipam?: "none" | undefined;
  readonly nameservers?: readonly string[];
  readonly routes?: readonly StaticRoute[];
  readonly internal: boolean;
  readonly attachable?: boolean;
  readonly dns: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** Of other drivers the parent; with `mode=unmanaged` a bridge that is there. */
  readonly bridgeName: string | undefined;
  /** One of that name that is there already is no error. */
  readonly ignore: boolean;
};

const RESERVED = ["bridge", "podman", "default", "none", "host", "private", "container", "ns", "pasta", "slirp4netns"];

/**
 * Writes a network down; its bridge and its rules are made with its first container. Throws `conflict` for a name in use and for a subnet
 * that something on this host has, `invalid` for bad values, `exhausted` without a free subnet.
 */
export function createNetwork(engine: Engine, asked: NewNetwork): NetworkRecord {
  const { driver = "bridge" } = asked;
  checkName(asked.name);
  checkOptions(asked.options, driver);
  const root = networkRoot(engine.paths.runRoot);
  const there = findNetwork(engine.store, asked.name);
  if (there !== undefined) return asSeenBy(root, known(there, asked));
  using _ = lockNetworks(root);
  const { network, isNew } = findOrInsert(engine, asked);
  if (!isNew) return asSeenBy(root, known(network, asked));
  const { id, name, labels = {} } = network;
  emitEvent(engine, { type: "network", action: "create", id, name, labels, attributes: { driver } });
  return asSeenBy(root, network);
}

function findOrInsert(engine: Engine, asked: NewNetwork): { network: NetworkRecord; isNew: boolean } {
  const there = findNetwork(engine.store, asked.name);
  if (there !== undefined) return { network: there, isNew: false };
  const { driver = "bridge" } = asked;
  const root = networkRoot(engine.paths.runRoot);
  const { subnets, options, bridgeName } = madeFor(engine, root, asked);
  const owned = ownsBridge({ driver, options });
  try {
    checkRoutes(asked.routes ?? [], subnets);
    if (asked.nameservers?.length && !answersNames(asked, owned)) throw withoutNames(asked.name);
    if (subnets.some(({ family }) => family === 6) && !fitsIpv6({ options })) throw tooShort(asked.name);
    const record = recordOf(asked, { subnets, options, bridgeName, owned });
    return { network: transaction(engine.store, () => insertNetwork(engine.store, record)), isNew: true };
  } catch (error) {
    if (owned) releaseSubnets(root, subnets);
    throw error;
  }
}

function recordOf(
  asked: NewNetwork,
  { subnets, options, bridgeName, owned }: Made & { readonly owned: boolean },
): NetworkRecord {
  const { nameservers = [], routes = [] } = asked;
  return {
    id: new Bun.CryptoHasher("sha256").update(crypto.randomUUID()).digest("hex"),
    name: asked.name,
    driver: asked.driver ?? "bridge",
    bridgeName,
    subnets,
    options,
    createdAt: Date.now(),
    labels: asked.labels,
    internal: asked.internal,
    dns: answersNames(asked, owned),
    ...(asked.attachable === true ? { attachable: true } : {}),
    ...(asked.ipam === undefined ? {} : { ipam: asked.ipam }),
    ...(nameservers.length === 0 ? {} : { nameservers }),
    ...(routes.length === 0 ? {} : { routes }),
  };
}

function answersNames({ dns, ipam }: NewNetwork, owned: boolean): boolean {
  return dns && owned && ipam !== "none";
}

function madeFor(engine: Engine, root: NetworkRoot, asked: NewNetwork): Made {
  const { driver = "bridge", options } = asked;
  if (driver !== "bridge") return besideInterface(driver, asked);
  return ownsBridge({ driver, options }) ? ofBridge(engine, root, asked) : onForeignBridge(asked);
}

function ofBridge(engine: Engine, root: NetworkRoot, asked: NewNetwork): Made {
  const networks = bridgeNetworks(engine.store, root);
  if (asked.bridgeName !== undefined) checkBridgeName(asked.bridgeName, networks);
  if (asked.options["vlan"] !== undefined) requireVlans();
  const made = { options: asked.options, bridgeName: asked.bridgeName ?? "" };
  if (asked.ipam !== "none") return { ...made, subnets: chooseSubnets(root, networks, asked) };
  refuseSubnets(asked);
  return { ...made, subnets: [] };
}

function releaseSubnets(root: NetworkRoot, subnets: readonly Subnet[]): void {
  for (const { cidr } of subnets) {
    const range = parseCidr(cidr);
    if (range !== undefined) releaseClaim(root, range);
  }
}

function checkRoutes(routes: readonly StaticRoute[], subnets: readonly Subnet[]): void {
  for (const { destination, gateway } of routes) {
    const [range, address] = [parseCidr(destination), parseIp(gateway)];
    const inside = subnets.some(({ cidr }) => {
      const subnet = parseCidr(cidr);
      return subnet !== undefined && address !== undefined && isInside(subnet, address);
    });
    if (range !== undefined && range.address.length === address?.length && inside) continue;
    throw new EstibaError("invalid", {
      reason: "network.bad_route",
      what: `the route "${destination},${gateway}" cannot be used: it is no range of addresses by way of a gateway in the network's subnet`,
      fix: "write it as 10.21.0.0/24,10.19.12.250, with the gateway inside of the subnet",
    });
  }
}

function known(network: NetworkRecord, { ignore, name }: NewNetwork): NetworkRecord {
  if (ignore) return network;
  throw new EstibaError("conflict", {
    reason: "network.name_in_use",
    what: `network name ${name} already used: network already exists`,
    fix: "choose another name, or add --ignore",
  });
}

function checkName(name: string): void {
  if (RESERVED.includes(name)) {
    throw new EstibaError("conflict", {
      reason: "network.name_reserved",
      what: `the name "${name}" stands for a network that is always there, or for a way without one`,
      fix: "choose another name",
    });
  }
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name)) return;
  throw new EstibaError("invalid", {
    reason: "network.bad_name",
    what: `invalid network name "${name}": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*`,
    fix: "choose a name of letters, digits, _ . and -",
  });
}

function checkOptions(options: Readonly<Record<string, string>>, driver: NetworkDriver): void {
  const known = driverOptions({ driver, options });
  for (const [name, value] of Object.entries(options)) {
    const option = known[name];
    if (option?.fits(value) === true) continue;
    throw new EstibaError("invalid", {
      reason: "network.bad_option",
      what:
        option === undefined
          ? `unsupported ${driver} network option ${name}`
          : `the network option ${name} cannot be "${value}": it takes ${option.values}`,
      fix: `known: ${Object.keys(known).join(", ")}`,
    });
  }
}

function tooShort(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "network.mtu_below_ipv6",
    what: `the network "${name}" cannot have IPv6: its packets are too short, the least mtu is ${LEAST_IPV6_MTU}`,
    fix: `give --opt mtu=${LEAST_IPV6_MTU} or more, or leave IPv6 out`,
  });
}

function checkBridgeName(name: string, networks: readonly NetworkRecord[]): void {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,14}$/.test(name)) {
    throw new EstibaError("invalid", {
      reason: "network.bad_interface_name",
      what: `"${name}" cannot be the name of a bridge`,
      fix: "write up to 15 letters, digits, _ . and -",
    });
  }
  const holder = networks.find(({ bridgeName }) => bridgeName === name);
  if (holder === undefined && !isInterface(name)) return;
  throw new EstibaError("conflict", {
    reason: "network.interface_in_use",
    what: `bridge name ${name} already in use${holder === undefined ? " by an interface of this host" : ` by the network "${holder.name}"`}`,
    fix: "choose another name, or leave it out",
  });
}

function isInterface(name: string): boolean {
  using socket = new NetlinkSocket(NETLINK.ROUTE);
  return findLink(socket, name) !== undefined;
}
