import { rmSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { clusterNamesFile } from "../../engine/names/paths.ts";
import { disconnectFromNetwork } from "../../engine/network/connect.ts";
import { usersOf } from "../../engine/network/users.ts";
import { removeContainer } from "../../engine/remove.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { settleDoors } from "../../network/overlay/doors.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listContainers } from "../../state/containers.ts";
import { listNetworks } from "../../state/networks.ts";
import { TASK_LABELS } from "../agent/labels.ts";
import { settleRecords } from "../agent/networks/records.ts";
import { askNode } from "../door/client.ts";
import { callManager } from "../remote/call.ts";
import { readCredentials } from "./credentials.ts";
import { forgetCluster, type ManagerIdentity, requireIdentity, type WorkerIdentity } from "./identity.ts";
import { lockOutNode } from "./node-lock.ts";

const GOODBYE_MS = 2_000;
const PATIENCE_MS = 5_000;
const MOST_HOPS = 5;

/**
 * Takes this node out of its cluster: its process ends, its tasks' containers are removed, the state is forgotten. Throws `wrong_state` for
 * a manager unless it is forced: with the last one the cluster is gone.
 */
export async function leaveCluster(engine: Engine, { force }: { readonly force: boolean }): Promise<void> {
  const identity = requireIdentity(engine);
  if (identity.role === "manager" && !force) throw isManager(identity);
  if (identity.role === "manager" && identity.store.kind === "etcd") await resign(engine);
  // Until it is forgotten who this node is, nobody starts its process again: it would have the tasks run once more.
  using _place = await lockOutNode(engine);
  if (identity.role === "worker") await sayGoodbye(engine, identity);
  for (const { id, labels } of listContainers(engine.store)) {
    if (labels[TASK_LABELS.task] === undefined) continue;
    try {
      await removeContainer(engine, id, { force: true, volumes: true });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
  await partGuests(engine);
  settleRecords(engine, []);
  removeDoors(engine);
  forgetCluster(engine);
}

/** Takes what stays here, and is no task, off the cluster's networks. */
async function partGuests(engine: Engine): Promise<void> {
  for (const { name, cluster } of listNetworks(engine.store)) {
    if (cluster === undefined) continue;
    for (const { id } of usersOf(engine, name)) {
      try {
        await disconnectFromNetwork(engine, id, name);
      } catch (error) {
        if (!isEstibaError(error, "not_found")) throw error;
      }
    }
  }
}

function removeDoors(engine: Engine): void {
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  settleDoors(filter, networkRoot(engine.paths.runRoot), []);
  rmSync(clusterNamesFile(engine), { force: true });
}

function isManager({ store }: ManagerIdentity): EstibaError {
  const consequence =
    store.kind === "sqlite"
      ? "removing the last manager erases all current state of the swarm"
      : "without managers nobody looks after its tasks";
  return new EstibaError("wrong_state", {
    reason: "cluster.last_manager",
    what: `you are attempting to leave the swarm on a node that is participating as a manager: ${consequence}`,
    fix: "use --force to ignore this message",
  });
}

/** Has the others know that this manager is none any more; the last one stays one in what etcd keeps. */
async function resign(engine: Engine): Promise<void> {
  try {
    const ask = await askNode(engine);
    await ask("POST", "/nodes/self/leave", {}, AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    // It is forced: without a leader, or the state, it goes all the same.
    if (!isEstibaError(error) && !(error instanceof DOMException)) throw error;
  }
}

async function sayGoodbye(engine: Engine, { managers }: WorkerIdentity): Promise<void> {
  const credentials = readCredentials(engine);
  let next = managers;
  // Managers that are away notice it by themselves, and those that have removed this node know.
  for (let hop = 0; hop < MOST_HOPS && next.length > 0; hop++) {
    const [at = "", ...others] = next;
    try {
      await callManager(at, { method: "POST", path: "/leave", signal: AbortSignal.timeout(GOODBYE_MS), credentials });
      return;
    } catch (error) {
      if (!isEstibaError(error)) throw error;
      const { leader } = error.details;
      next = typeof leader === "string" ? [leader, ...others] : error.code === "unavailable" ? others : [];
    }
  }
}
