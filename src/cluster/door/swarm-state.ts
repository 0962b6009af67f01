import type { Engine } from "../../engine/engine.ts";
import { describeError, isEstibaError } from "../../lib/error.ts";
import { readIdentity } from "../node/identity.ts";
import { clusterDocument } from "../views/swarm.ts";
import { askNode } from "./client.ts";
import type { ClusterInfo, NodeSummary, SwarmFacts } from "./wire.ts";

/** What `_ping` says of it: `inactive`, `active/worker` or `active/manager`. */
export function swarmWord(engine: Engine): string {
  const identity = readIdentity(engine);
  return identity === undefined ? "inactive" : `active/${identity.role}`;
}

const OUTSIDE = {
  NodeID: "",
  NodeAddr: "",
  LocalNodeState: "inactive",
  ControlAvailable: false,
  Error: "",
  RemoteManagers: null,
};

/** `Swarm` of `/info`: how this machine stands to a cluster. A manager that does not answer is in the state `error`, with the reason. */
export async function swarmState(engine: Engine): Promise<Record<string, unknown>> {
  const identity = readIdentity(engine);
  if (identity === undefined) return OUTSIDE;
  const { nodeId } = identity;
  const inside = { ...OUTSIDE, NodeID: nodeId, LocalNodeState: "active" };
  if (identity.role === "worker")
    return { ...inside, RemoteManagers: identity.managers.map((Addr) => ({ NodeID: "", Addr })) };
  try {
    const ask = await askNode(engine);
    const [info, nodes] = [await ask<ClusterInfo>("GET", "/info"), await ask<NodeSummary[]>("GET", "/nodes")];
    const managers = nodes.filter(({ node }) => node.role === "manager");
    return {
      ...inside,
      NodeAddr: info.address,
      // What is shown is what was known before.
      ...(info.silent === undefined ? {} : { Error: info.silent }),
      ControlAvailable: true,
      RemoteManagers: managers.map(({ node }) => ({ NodeID: node.id, Addr: node.description.address })),
      Nodes: nodes.length,
      Managers: managers.length,
      Cluster: clusterDocument(await ask<SwarmFacts>("GET", "/swarm")),
    };
  } catch (error) {
    if (!isEstibaError(error)) throw error;
    if (error.reason === "cluster.locked") return { ...OUTSIDE, LocalNodeState: "locked" };
    return { ...inside, NodeAddr: identity.address, LocalNodeState: "error", Error: describeError(error) };
  }
}
