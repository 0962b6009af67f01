import type { Engine } from "../../../engine/engine.ts";
import type { ContainerSummary } from "../../../engine/list.ts";
import { attachmentsOf } from "../../../engine/network/attachments.ts";
import { connectNetwork } from "../../../engine/network/connect.ts";
import { isRunning } from "../../../engine/status.ts";
import { EstibaError, isEstibaError } from "../../../lib/error.ts";
import { findNetwork } from "../../../state/networks.ts";
import type { TaskNetwork } from "../../manager/dispatch.ts";
import type { Held, Workshop } from "../workshop.ts";
import { reachesAlready, takenSubnet } from "./records.ts";

/**
 * Throws `wrong_state` where a name of the cluster's is that of a network of this machine's own, `conflict` where this machine reaches the
 * subnet elsewhere.
 */
export function requireClusterNetworks(engine: Engine, networks: readonly TaskNetwork[]): void {
  for (const { name, ip } of networks) {
    const record = findNetwork(engine.store, name);
    if (record?.cluster !== undefined) continue;
    if (record === undefined) throw reachesAlready(`${ip}/32`) ? takenSubnet(name, ip) : notHere(name);
    throw new EstibaError("wrong_state", {
      reason: "network.not_of_cluster",
      what: `this node has a network ${name} of its own, which is not the cluster's`,
      fix: `remove it there: estiba network rm ${name}`,
    });
  }
}

function notHere(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "network.subnet_in_use",
    what: `the network ${name} of the cluster is not on this node yet`,
    fix: "make the network with another one: estiba network create --driver overlay --subnet",
  });
}

/** Attaches a running container to networks that its task has got meanwhile: that of published ports, with the second node. */
export async function joinNetworks(shop: Workshop, held: Held, { record, status }: ContainerSummary): Promise<void> {
  if (!isRunning({ status })) return;
  const present = new Set(attachmentsOf(record).map(({ network }) => network));
  const missing = held.assignment.networks.filter(({ name }) => !present.has(name));
  for (const { name, ip, mac } of missing) {
    try {
      await connectNetwork(shop.engine, record.id, { network: name, ipv4: ip, mac, ofTask: true });
    } catch (error) {
      // Attached meanwhile, or gone: the next look sees it as it is.
      if (!isEstibaError(error, "conflict", "not_found", "wrong_state")) throw error;
    }
  }
  if (missing.length > 0) shop.networks.ring();
}
