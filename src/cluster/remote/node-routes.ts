import { EstibaError } from "../../lib/error.ts";
import { type DoorRequest, dispatch } from "../door/dispatch.ts";
import { notLeader } from "../door/lead.ts";
import { type Door, requireSharedStore } from "../door/routes.ts";
import type { LedAnswer } from "../door/wire.ts";
import type { Call } from "../manager/calls.ts";
import { type Certified, certify } from "../manager/certify.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import { type Orders, ordersFor, receive } from "../manager/dispatch.ts";
import { answerGuest, type GuestAsk } from "../manager/guests.ts";
import { newId } from "../manager/ids.ts";
import { requireKnowsState } from "../manager/known.ts";
import type { Liveness } from "../manager/liveness.ts";
import type { Manager } from "../manager/manager.ts";
import { dismissNode, welcomeNode } from "../manager/nodes.ts";
import { noteTrust } from "../manager/root.ts";
import type { Node, NodeDescription, Role } from "../model/node.ts";
import { sameToken } from "../trust/token.ts";
import type { Joined, JoinRequest, Promoted, Reports, SessionRequest } from "./wire.ts";

/** A node's request. */
export type NodeCall = {
  readonly manager: Manager;
  readonly door: Door;
  readonly liveness: Liveness;
  /** Whose certificate it was made with; "" without one. */
  readonly nodeId: string;
  /** What that certificate says it is. */
  readonly role: Role;
  /** Where it came from. */
  readonly address: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
};

/** What needs a leader is refused by all others, with the leader's address. */
type Needs = { readonly needs: "nothing" | "leader" | "certificate" | "manager" };
type AnswerRoute = Needs & { readonly answer: (call: NodeCall) => unknown };
type StreamRoute = Needs & { readonly stream: (call: NodeCall) => AsyncIterable<Orders> };

const SESSION: AnswerRoute = { needs: "certificate", answer: beginSession };
const REPORTS: AnswerRoute = { needs: "certificate", answer: takeReports };

/** What a worker says on the connection that it keeps. A request for each would cost a manager twenty times as much. */
export const LINE_ROUTES: Readonly<Record<string, AnswerRoute | StreamRoute>> = {
  "/session": SESSION,
  "/reports": REPORTS,
  "/orders": { needs: "certificate", stream: giveOrders },
};

/**
 * What other nodes may ask a manager. All but the first and the last need the one that leads; `certificate`: from a node of the cluster only,
 * `manager`: from its managers.
 */
export const NODE_ROUTES: Readonly<Record<string, AnswerRoute>> = {
  // Whoever asks holds it against the token before it trusts it.
  "GET /ca": { needs: "nothing", answer: ({ manager }) => ({ ca: requireCluster(manager).authority.cert }) },
  "POST /join": { needs: "leader", answer: join },
  "POST /session": SESSION,
  "POST /reports": REPORTS,
  "POST /guest": {
    needs: "certificate",
    answer: async ({ manager, nodeId, body }) => {
      requireNode(manager, nodeId);
      return await answerGuest(manager, nodeId, body as GuestAsk);
    },
  },
  "POST /leave": { needs: "certificate", answer: leave },
  "POST /renew": { needs: "certificate", answer: renew },
  "POST /promotion": { needs: "certificate", answer: promote },
  "POST /door": { needs: "certificate", answer: answerManager },
  "POST /call-back": { needs: "manager", answer: callBack },
};

/** Throws `unauthenticated` and `unavailable` for a request that is not to be answered here. */
export function requireAnswerable({ needs }: Needs, door: Door, caller: string | undefined): void {
  if ((needs === "certificate" || needs === "manager") && caller === undefined) throw noCertificate();
  if ((needs === "certificate" || needs === "leader") && door.manager.term === undefined) throw notLeader(door);
}

async function join({ manager, door, liveness, address, body }: NodeCall): Promise<Joined> {
  const { token, request, description, asManager } = body as JoinRequest;
  const { id, tokens } = requireCluster(manager);
  const role = (["worker", "manager"] as const).find((one) => sameToken(token, tokens[one]));
  if (role === undefined) throw badToken();
  if (role === "manager") {
    requireSharedStore(door.identity);
    requireKnowsState(manager.replica, description);
  } else if (asManager) throw workersToken();
  const nodeId = newId();
  liveness.hear(nodeId);
  await welcomeNode(manager, { id: nodeId, description: reachedAt(description, address), role });
  // When it is known: a root that is replaced at this moment waits for it.
  const joined = { nodeId, clusterId: id, ...(await certify(manager, request, { nodeId, role })), role, address };
  return role === "manager" ? { ...joined, shared: door.shared() } : joined;
}

async function beginSession({ manager, liveness, nodeId, address, body }: NodeCall): Promise<void> {
  const { session, description, listensAt } = body as SessionRequest;
  const { role } = requireNode(manager, nodeId);
  liveness.hear(nodeId, session);
  const says = role === "manager" ? { listensAt } : {};
  await welcomeNode(manager, { id: nodeId, description: reachedAt(description, address), role, ...says });
}

// A manager that leads no more gives no orders.
function giveOrders({ manager, nodeId, signal }: NodeCall): AsyncIterable<Orders> {
  requireNode(manager, nodeId);
  const ends = manager.term === undefined ? [signal] : [signal, manager.term.signal];
  return ordersFor(manager, nodeId, AbortSignal.any(ends));
}

async function takeReports({ manager, liveness, nodeId, body }: NodeCall): Promise<void> {
  const { session, statuses, trust, usages = [] } = body as Reports;
  requireNode(manager, nodeId);
  liveness.hear(nodeId, session);
  manager.usages.hear(nodeId, usages);
  for (const [taskId, status] of statuses) receive(manager, nodeId, { taskId, status });
  await noteTrust(manager, nodeId, trust);
}

// It could as well be found out by its silence, a few seconds later.
async function leave({ manager, liveness, nodeId }: NodeCall): Promise<void> {
  requireNode(manager, nodeId);
  liveness.forget(nodeId);
  await dismissNode(manager, nodeId);
}

/** A worker that is to be a manager asks where the state is. */
function promote({ manager, door, nodeId }: NodeCall): Promoted {
  const { role, description } = requireNode(manager, nodeId);
  if (role !== "manager") throw noManager();
  requireSharedStore(door.identity);
  return { address: description.address, shared: door.shared() };
}

/** What somebody wants of another manager, whom this one leads. */
async function answerManager(call: NodeCall): Promise<LedAnswer> {
  requireOtherManager(call);
  const { manager, door, body, signal } = call;
  const answer = await dispatch(door, body as DoorRequest, signal);
  return { answer, revision: manager.replica.revision() };
}

/** Another manager wants this node, which is one, too: it asks here itself, since it is no worker of the one that leads. */
function callBack(call: NodeCall): void {
  requireOtherManager(call);
  call.door.callBack(call.body as Call);
}

function requireOtherManager({ manager, nodeId, role }: NodeCall): void {
  if (role !== "manager" || requireNode(manager, nodeId).role !== "manager") throw noManager();
}

async function renew({ manager, nodeId, body }: NodeCall): Promise<Certified> {
  const { role } = requireNode(manager, nodeId);
  return await certify(manager, (body as { request: string }).request, { nodeId, role });
}

function reachedAt(description: NodeDescription, address: string): NodeDescription {
  return { ...description, address };
}

function requireNode({ replica }: Manager, nodeId: string): Node {
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

function workersToken(): EstibaError {
  return new EstibaError("invalid", {
    reason: "cluster.workers_token",
    what: "--advertise-addr, --listen-addr and --etcd are for managers, and this token makes a worker",
    fix: "leave them out, or use the token for managers: estiba swarm join-token manager",
  });
}

function noManager(): EstibaError {
  return new EstibaError("denied", {
    reason: "cluster.no_manager_role",
    what: "only managers of the cluster may ask this",
    fix: "make the node a manager: estiba node promote",
  });
}

function noCertificate(): EstibaError {
  return new EstibaError("unauthenticated", {
    reason: "cluster.no_certificate",
    what: "only nodes of the cluster may ask this: the certificate is missing, of another cluster, or over",
    fix: "leave and join anew: estiba swarm leave --force, estiba swarm join",
  });
}

export function noRoute(what: string): EstibaError {
  return new EstibaError("unsupported", {
    reason: "cluster.other_version",
    what: `the manager does not know ${what}: it is of another version of Estiba`,
    fix: "have all nodes be of one version, managers first",
  });
}
