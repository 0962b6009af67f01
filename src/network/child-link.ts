import { makeNetns } from "../host/namespace.ts";
import { NetlinkWriter } from "../host/netlink/message.ts";
import { AF_INET, addChildLink, deleteLink, findLink, listRoutes, renameLink } from "../host/netlink/route.ts";
import { NETLINK, NetlinkSocket } from "../host/netlink/socket.ts";
import { closeSocket } from "../host/socket.ts";
import { EstibaError } from "../lib/error.ts";
import type { NetworkRecord } from "../state/networks.ts";
import { CHILD_MODES, type ChildDriver } from "./child-modes.ts";

const EOPNOTSUPP = 95;

export type ChildOptions = {
  /** Nobody's on the host and in the container: it is given its own by {@link nameChild}. */
  readonly name: string;
  readonly mac: Uint8Array;
  readonly mtu: number | undefined;
  readonly netnsFd: number;
};

/** Makes a container's interface beside the network's parent. It ends with the container's namespace. Throws `not_found` without parent. */
export function addChild(host: NetlinkSocket, network: NetworkRecord, options: ChildOptions): void {
  if (network.driver === "bridge") throw new TypeError("a bridge has no parent");
  const mode = network.options["mode"] ?? network.options[`${network.driver}_mode`] ?? "";
  const modes = CHILD_MODES[network.driver];
  const writer = new NetlinkWriter();
  addChildLink(writer, {
    kind: network.driver,
    name: options.name,
    parentIndex: parentIndex(host, network.options["parent"]),
    mode: modes[mode] ?? Object.values(modes)[0] ?? 0,
    mac: options.mac,
    mtu: options.mtu,
    netnsFd: options.netnsFd,
  });
  host.exchange(`making an interface of the network ${network.name}`, writer);
}

/** Gives a new interface its name in the container, and gives its index. Throws, and takes it away, where the name is taken. */
export function nameChild(inside: NetlinkSocket, made: string, name: string): number {
  const index = findLink(inside, made)?.index ?? 0;
  const writer = new NetlinkWriter();
  renameLink(writer, index, name);
  try {
    inside.exchange(`naming the interface ${name}`, writer);
  } catch (error) {
    const undo = new NetlinkWriter();
    deleteLink(undo, { index });
    inside.exchange(`removing the interface ${made}`, undo);
    throw error;
  }
  return index;
}

/** The interface that a network lies beside: the one named, else the one with the host's default route. Throws `not_found`. */
export function parentIndex(host: NetlinkSocket, name: string | undefined): number {
  const index =
    name === undefined
      ? listRoutes(host, AF_INET).find(({ prefix }) => prefix === 0)?.index
      : findLink(host, name)?.index;
  if (index !== undefined) return index;
  throw new EstibaError("not_found", {
    reason: "network.no_parent",
    what:
      name === undefined
        ? "this host has no default route, whose interface would be the parent"
        : `parent interface ${name} does not exist`,
    fix: "name an interface that `ip link` shows: --opt parent=NAME",
  });
}

/** Whether the running kernel makes such interfaces. */
export function kernelMakes(driver: ChildDriver): boolean {
  const netns = makeNetns();
  try {
    using socket = new NetlinkSocket(NETLINK.ROUTE, netns);
    const writer = new NetlinkWriter();
    // Without a parent it is refused in any case: as unknown, or as incomplete.
    addChildLink(writer, {
      kind: driver,
      name: "probe",
      parentIndex: 0,
      mode: 0,
      mac: new Uint8Array(6),
      netnsFd: netns,
    });
    const refused = Array.from({ length: 200 }, (_, errno) => errno);
    return !socket.exchange("probing", writer, refused).failures.some(({ errno }) => errno === EOPNOTSUPP);
  } finally {
    closeSocket(netns);
  }
}
