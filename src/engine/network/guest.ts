import { ownProcess } from "../../host/process.ts";
import { EstibaError } from "../../lib/error.ts";
import { ownsBridge } from "../../network/driver-options.ts";
import { allocateLease, releaseLease } from "../../network/lease.ts";
import type { ContainerRecord, EndpointState } from "../../state/container.ts";
import { listLeases } from "../../state/leases.ts";
import type { Engine } from "../engine.ts";
import { ownNames } from "../names/own-names.ts";
import { isGuest, type Planned } from "./is-guest.ts";
import { askOwnCluster } from "./own-cluster.ts";
import { networkOf } from "./plan.ts";

/** Takes the addresses that the cluster gives a container as leases, which it finds when it is attached. Throws what the cluster says. */
export async function takeGuestLeases(
  engine: Engine,
  record: ContainerRecord,
  planned: readonly Planned[],
): Promise<void> {
  for (const each of planned) {
    const { network, attachment } = each;
    if (!isGuest(each) || network.cluster === undefined) continue;
    if (attachment.ipv6 !== undefined) throw noOwnSix(network.name);
    // One that is to take another's place cannot have what that one has yet.
    const isStandby = record.spec.standbyNames === true && ownsBridge(network);
    const { ip, mac } = await askOwnCluster(engine, "admit", {
      containerId: record.id,
      networkId: network.cluster.id,
      names: ownNames(record, attachment),
      ip: isStandby ? undefined : attachment.ipv4,
      mac: isStandby ? undefined : attachment.mac,
      asker: ownProcess(),
    });
    // Its record may have been written anew meanwhile.
    const present = networkOf(engine, network.name);
    const held = listLeases(engine.live, record.id).find(({ networkId }) => networkId === present.id);
    if (held !== undefined && held.ipv4 !== ip) releaseLease(engine.live, record.id, present.id);
    allocateLease(engine.live, present, record.id, { ipv4: ip, mac });
  }
}

function noOwnSix(name: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "network.no_own_ipv6",
    what: `an IPv6 address cannot be chosen on the network ${name} of the cluster: it is the one of the IPv4 address's number`,
    fix: "choose the IPv4 one: --ip",
  });
}

/** Has the namespace of a guest know what it has to, before its command begins. */
export async function readyGuest(
  engine: Engine,
  containerId: string,
  { pid, endpoints }: { readonly pid: number; readonly endpoints: readonly EndpointState[] },
): Promise<void> {
  await askOwnCluster(engine, "ready", { containerId, pid, endpoints });
}
