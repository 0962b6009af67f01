import { findLink } from "../../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError } from "../../lib/error.ts";
import { parseCidr } from "../../network/address.ts";
import { bridgeNetworks } from "../../network/bridge-networks.ts";
import { BRIDGE_OPTIONS } from "../../network/driver-options.ts";
import { networkRoot } from "../../network/root-id.ts";
import { releaseClaim } from "../../network/subnet-claims.ts";
import { type AskedSubnet, chooseSubnets } from "../../network/subnets.ts";
import { transaction } from "../../state/database.ts";
import { findNetwork, insertNetwork, type NetworkRecord } from "../../state/networks.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";

/** A network as asked for. */
export type NewNetwork = {
  readonly name: string;
  readonly subnets: readonly AskedSubnet[];
  readonly ipv6: boolean;
  readonly internal: boolean;
  readonly dns: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
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
  checkName(asked.name);
  checkOptions(asked.options);
  const root = networkRoot(engine.paths.runRoot);
  const there = findNetwork(engine.store, asked.name);
  if (there !== undefined) return known(there, asked);
  const networks = bridgeNetworks(engine.store, root);
  if (asked.bridgeName !== undefined) checkBridgeName(asked.bridgeName, networks);
  const subnets = chooseSubnets(root, networks, asked);
  const record: NetworkRecord = {
    id: new Bun.CryptoHasher("sha256").update(crypto.randomUUID()).digest("hex"),
    name: asked.name,
    driver: "bridge",
    bridgeName: asked.bridgeName ?? "",
    subnets,
    options: asked.options,
    createdAt: Date.now(),
    labels: asked.labels,
    internal: asked.internal,
    dns: asked.dns,
  };
  const holder = transaction(engine.store, () => insertNetwork(engine.store, record));
  if (holder.id !== record.id) {
    for (const { cidr } of subnets) {
      const range = parseCidr(cidr);
      if (range !== undefined) releaseClaim(root, range);
    }
    return known(holder, asked);
  }
  emitEvent(engine, { type: "network", action: "create", id: record.id, name: record.name, labels: asked.labels });
  return record;
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

function checkOptions(options: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(options)) {
    const option = BRIDGE_OPTIONS[name];
    if (option?.fits(value) === true) continue;
    throw new EstibaError("invalid", {
      reason: "network.bad_option",
      what:
        option === undefined
          ? `unsupported bridge network option ${name}`
          : `the network option ${name} cannot be "${value}": it takes ${option.values}`,
      fix: `known: ${Object.keys(BRIDGE_OPTIONS).join(", ")}`,
    });
  }
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
