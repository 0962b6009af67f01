import { EstibaError } from "../../lib/error.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import { type Orders, ordersFor, receive } from "../manager/dispatch.ts";
import { newId } from "../manager/ids.ts";
import type { Liveness } from "../manager/liveness.ts";
import type { Manager } from "../manager/manager.ts";
import { setNodeState, welcomeNode } from "../manager/nodes.ts";
import type { NodeDescription } from "../model/node.ts";
import { issueCertificate } from "../trust/authority.ts";
import { sameToken } from "../trust/token.ts";
import type { Joined, JoinRequest, Reports, SessionRequest } from "./wire.ts";

/** A node's request. */
export type NodeCall = {
  readonly manager: Manager;
  readonly liveness: Liveness;
  /** Whose certificate it was made with; "" without one. */
  readonly nodeId: string;
  /** Where it came from. */
  readonly address: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
};

type NodeRoute = { readonly needsCertificate: boolean } & (
  | { readonly answer: (call: NodeCall) => unknown }
  | { readonly stream: (call: NodeCall) => AsyncIterable<Orders> }
);

/** What other nodes may ask a manager. */
export const NODE_ROUTES: Readonly<Record<string, NodeRoute>> = {
  // Whoever asks holds it against the token before it trusts it.
  "GET /ca": { needsCertificate: false, answer: ({ manager }) => ({ ca: requireCluster(manager).authority.cert }) },
  "POST /join": { needsCertificate: false, answer: join },
  "POST /session": { needsCertificate: true, answer: beginSession },
  "GET /orders": {
    needsCertificate: true,
    stream: ({ manager, nodeId, signal }) => ordersFor(manager, nodeId, signal),
  },
  "POST /reports": { needsCertificate: true, answer: takeReports },
  "POST /leave": { needsCertificate: true, answer: leave },
  "POST /renew": { needsCertificate: true, answer: renew },
};

async function join({ manager, liveness, address, body }: NodeCall): Promise<Joined> {
  const { token, request, description } = body as JoinRequest;
  const { id, authority, tokens } = requireCluster(manager);
  if (!sameToken(token, tokens.worker)) throw badToken();
  const nodeId = newId();
  const cert = await issueCertificate(authority, request, {
    nodeId,
    role: "worker",
    addresses: [],
    now: manager.now(),
  });
  liveness.hear(nodeId, "join");
  await welcomeNode(manager, nodeId, reachedAt(description, address), "worker");
  liveness.forget(nodeId);
  return { nodeId, clusterId: id, cert };
}

async function beginSession({ manager, liveness, nodeId, address, body }: NodeCall): Promise<void> {
  const { session, description } = body as SessionRequest;
  const { role } = requireNode(manager, nodeId);
  liveness.hear(nodeId, session);
  await welcomeNode(manager, nodeId, reachedAt(description, address), role);
}

function takeReports({ manager, liveness, nodeId, body }: NodeCall): void {
  const { session, statuses } = body as Reports;
  requireNode(manager, nodeId);
  liveness.hear(nodeId, session);
  for (const [taskId, status] of statuses) receive(manager, nodeId, { taskId, status });
}

// It could as well be found out by its silence, a few seconds later.
async function leave({ manager, liveness, nodeId }: NodeCall): Promise<void> {
  requireNode(manager, nodeId);
  liveness.forget(nodeId);
  await setNodeState(manager, nodeId, "down", "it has left");
}

async function renew({ manager, nodeId, body }: NodeCall): Promise<{ cert: string }> {
  const { role } = requireNode(manager, nodeId);
  const { authority } = requireCluster(manager);
  const { request } = body as { request: string };
  return { cert: await issueCertificate(authority, request, { nodeId, role, addresses: [], now: manager.now() }) };
}

function reachedAt(description: NodeDescription, address: string): NodeDescription {
  return { ...description, address };
}

function requireNode({ replica }: Manager, nodeId: string): { role: "manager" | "worker" } {
  const node = replica.nodes.get(nodeId);
  if (node !== undefined) return node;
  throw new EstibaError("not_found", {
    reason: "cluster.node_removed",
    what: "this node was removed from the cluster",
    fix: "have it leave, and join anew: estiba swarm leave --force, estiba swarm join",
  });
}

function badToken(): EstibaError {
  return new EstibaError("denied", {
    reason: "cluster.wrong_token",
    what: "the join token is not valid: it is of another cluster, or was replaced by another one",
    fix: "ask a manager for it: estiba swarm join-token worker",
  });
}
