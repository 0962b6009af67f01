import { rmSync } from "node:fs";
import type { Engine } from "../../engine/engine.ts";
import { endHelper, readProcessFile } from "../../engine/helper-process.ts";
import { clusterNamesFile } from "../../engine/names/paths.ts";
import { removeContainer } from "../../engine/remove.ts";
import { NETLINK, NetlinkSocket } from "../../host/netlink/socket.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import { settleDoors } from "../../network/overlay/doors.ts";
import { networkRoot } from "../../network/root-id.ts";
import { listContainers } from "../../state/containers.ts";
import { TASK_LABELS } from "../agent/labels.ts";
import { settleRecords } from "../agent/networks/records.ts";
import { callManager } from "../remote/call.ts";
import { readCredentials } from "./credentials.ts";
import { forgetCluster, requireIdentity, type WorkerIdentity } from "./identity.ts";
import { nodePidPath } from "./paths.ts";

const GOODBYE_MS = 2_000;

/**
 * Takes this node out of its cluster: its process ends, its tasks' containers are removed, the state is forgotten. Throws `wrong_state` for
 * the last manager unless it is forced: with it the cluster is gone.
 */
export async function leaveCluster(engine: Engine, { force }: { readonly force: boolean }): Promise<void> {
  const identity = requireIdentity(engine);
  if (identity.role === "manager" && !force) {
    throw new EstibaError("wrong_state", {
      reason: "cluster.last_manager",
      what: "you are attempting to leave the swarm on a node that is participating as a manager: removing the last manager erases all current state of the swarm",
      fix: "use --force to ignore this message",
    });
  }
  const node = readProcessFile(nodePidPath(engine));
  if (node !== undefined) await endHelper(node);
  if (identity.role === "worker") await sayGoodbye(engine, identity);
  for (const { id, labels } of listContainers(engine.store)) {
    if (labels[TASK_LABELS.task] === undefined) continue;
    try {
      await removeContainer(engine, id, { force: true, volumes: true });
    } catch (error) {
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
  settleRecords(engine, []);
  removeDoors(engine);
  forgetCluster(engine);
}

function removeDoors(engine: Engine): void {
  using filter = new NetlinkSocket(NETLINK.NETFILTER);
  settleDoors(filter, networkRoot(engine.paths.runRoot), []);
  rmSync(clusterNamesFile(engine), { force: true });
}

async function sayGoodbye(engine: Engine, { managers }: WorkerIdentity): Promise<void> {
  const [manager = ""] = managers;
  const signal = AbortSignal.timeout(GOODBYE_MS);
  try {
    await callManager(manager, { method: "POST", path: "/leave", signal, credentials: readCredentials(engine) });
  } catch (error) {
    // A manager that is away notices it by itself, and one that has removed this node knows.
    if (!isEstibaError(error)) throw error;
  }
}
