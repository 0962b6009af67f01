import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError } from "../../lib/error.ts";
import { kernelMakes, parentIndex } from "../../network/child-link.ts";
import type { ChildDriver } from "../../network/child-modes.ts";
import { foreignBridge } from "../../network/foreign-bridge.ts";
import { readSubnets } from "../../network/subnets.ts";
import { requireFiltering } from "../../network/vlan.ts";
import type { NetworkRecord } from "../../state/networks.ts";
import type { NewNetwork } from "./create.ts";

/** What is decided of a network by its driver. */
export type Made = Pick<NetworkRecord, "subnets" | "options" | "bridgeName">;

/** A network beside an interface of the host's. Throws `unsupported`, `not_found` without its parent, and as {@link lanSubnets}. */
export function besideInterface(driver: ChildDriver, asked: NewNetwork): Made {
  if (!kernelMakes(driver)) {
    throw new EstibaError("unsupported", {
      reason: "network.driver",
      what: `networks of the driver "${driver}" cannot be created: this kernel has no such interfaces`,
      fix: driver === "ipvlan" ? "use the driver macvlan, or bridge" : "use the driver bridge",
    });
  }
  const parent = asked.bridgeName ?? asked.options["parent"];
  const options = parent === undefined ? asked.options : { ...asked.options, parent };
  using host = new NetlinkSocket(NETLINK.ROUTE);
  parentIndex(host, parent);
  return { subnets: lanSubnets(asked, `of the driver ${driver}`), options, bridgeName: "" };
}

/** A network on a bridge that others manage. Throws `invalid` without its name, as {@link foreignBridge}, and as {@link lanSubnets}. */
export function onForeignBridge(asked: NewNetwork): Made {
  const { bridgeName, options } = asked;
  if (bridgeName === undefined) {
    throw new EstibaError("invalid", {
      reason: "network.no_bridge_name",
      what: "with mode=unmanaged the network is on a bridge that is there already, and none is named",
      fix: "add --interface-name NAME",
    });
  }
  using host = new NetlinkSocket(NETLINK.ROUTE);
  foreignBridge(host, bridgeName);
  if (options["vlan"] !== undefined) requireFiltering(host, bridgeName);
  return { subnets: lanSubnets(asked, "on a bridge of others"), options, bridgeName };
}

// The subnet is that of the host's own network, so it may and does overlap.
function lanSubnets(asked: NewNetwork, which: string): Made["subnets"] {
  if (asked.ipam === "none") {
    refuseSubnets(asked);
    return [];
  }
  if (asked.subnets.length > 0) return readSubnets(asked);
  throw new EstibaError("invalid", {
    reason: "network.no_lan_subnet",
    what: `a network ${which} has the addresses of the network that its parent is on`,
    fix: "give --subnet, --gateway and an --ip-range that nobody else uses, or --ipam-driver none",
  });
}

/** Throws `invalid` where addresses are asked for and nobody gives any. */
export function refuseSubnets({ subnets, ipv6, routes = [] }: NewNetwork): void {
  if (subnets.length === 0 && !ipv6 && routes.length === 0) return;
  throw new EstibaError("invalid", {
    reason: "network.subnet_without_ipam",
    what: "without a driver of addresses (none) a network has no subnets and no routes",
    fix: "leave --subnet, --ipv6 and --route out, or --ipam-driver none",
  });
}
