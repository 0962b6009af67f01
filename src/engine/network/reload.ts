import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError } from "../../lib/error.ts";
import { ensureBridge } from "../../network/bridge.ts";
import { aliasOfBridge } from "../../network/bridge-networks.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import { applyTable, ensureTable } from "../../network/firewall.ts";
import { rejoinBridges } from "../../network/loose-ends.ts";
import { networkRoot } from "../../network/root-id.ts";
import type { Engine } from "../engine.ts";
import { lockFound } from "../locks.ts";
import { hasProcess, observe } from "../status.ts";
import { attachmentsOf } from "./attachments.ts";
import { networkOf } from "./plan.ts";

/**
 * Puts the bridges, rules, published ports and forwarding of a container's networks back, after somebody has taken them away: the table is
 * replaced as a whole, and open connections go on. Gives the container's id. Throws `not_found`, `wrong_state` for one that does not run or has
 * no network of its own.
 */
export async function reloadNetworks(engine: Engine, nameOrId: string): Promise<string> {
  // As long as it is held no network of the container is removed, whose bridge would be made here once more.
  using held = await lockFound(engine, nameOrId);
  const { record } = held;
  if (!hasProcess(observe(engine, record)) || record.spec.network !== "bridge") {
    throw new EstibaError("wrong_state", {
      reason: "network.nothing_to_reload",
      what: `container ${record.name} does not run, or has no network of its own`,
      fix: "name one that is on a network, or use --all",
    });
  }
  const root = networkRoot(engine.paths.runRoot);
  const networks = attachmentsOf(record)
    .map(({ network }) => networkOf(engine, network))
    .filter(ownsBridge);
  using route = new NetlinkSocket(NETLINK.ROUTE);
  for (const network of networks) ensureBridge(route, network, aliasOfBridge(root, network));
  rejoinBridges(route, root, networks, record.id);
  applyTable(root, engine.store, engine.live);
  ensureTable(
    root,
    engine.store,
    engine.live,
    networks.map(({ bridgeName }) => bridgeName),
  );
  return record.id;
}
