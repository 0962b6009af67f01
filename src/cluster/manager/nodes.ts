import { EstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import type { Availability, Node, NodeDescription, Role } from "../model/node.ts";
import { type Compare, MOST_OPERATIONS } from "../store/contract.ts";
import { findOne } from "./find.ts";
import { nodeKey, trustKey } from "./keys.ts";
import { requireKnowsState } from "./known.ts";
import { type Manager, putOf, write } from "./manager.ts";

const LISTENING_MS = 4_000;
const LOOK_MS = 50;
const SETTLING_MS = 1_000;

/** What a user may change of a node. */
export type NodeChange = {
  readonly availability?: Availability | undefined;
  readonly addLabels?: Readonly<Record<string, string>>;
  readonly removeLabels?: readonly string[];
  /** That of the node it was made from, where a change in between is to be refused. */
  readonly version?: number;
};

/** The node by id, hostname or the beginning of an id; `self` is the one that was asked. Throws `not_found`, `conflict`. */
export function findNode({ replica, nodeId }: Pick<Manager, "replica" | "nodeId">, reference: string): Node {
  return findOne(replica.nodes.values(), reference === "self" ? nodeId : reference, {
    kind: "node",
    nameOf: ({ description }) => description.hostname,
    fix: "estiba node ls lists them",
  });
}

/** Changes availability and labels of a node. */
export async function updateNode(manager: Manager, reference: string, asked: NodeChange): Promise<Node> {
  const { id } = findNode(manager, reference);
  return await changeNode(manager, id, (node = findNode(manager, id)) => {
    if (asked.version !== undefined && manager.replica.modified(nodeKey(id)) !== asked.version) throw outOfSequence();
    const missing = asked.removeLabels?.find((label) => !Object.hasOwn(node.labels, label));
    if (missing !== undefined) throw noLabel(missing, node);
    const kept = Object.entries(node.labels).filter(([key]) => asked.removeLabels?.includes(key) !== true);
    return {
      ...node,
      availability: asked.availability ?? node.availability,
      labels: { ...Object.fromEntries(kept), ...asked.addLabels },
    };
  });
}

/** What a node comes with. */
export type Arrival = {
  readonly id: string;
  readonly description: NodeDescription;
  /** Of one that is new; one that is known has its role already. */
  readonly role: Role;
  readonly listensAt?: string | undefined;
};

/** Writes down that a node is there, with what it says of itself. */
export async function welcomeNode(manager: Manager, { id, description, role, listensAt }: Arrival): Promise<void> {
  const now = manager.now();
  const says = { description, ...(listensAt === undefined ? {} : { listensAt }) };
  const fresh: Node = {
    id,
    createdAt: now,
    updatedAt: now,
    role,
    availability: "active",
    labels: {},
    state: "ready",
    ...says,
  };
  const known = manager.replica.nodes.get(id);
  const isSame = known !== undefined && JSON.stringify({ ...known, ...says }) === JSON.stringify(known);
  if (isSame && known.state === "ready") return;
  await changeNode(manager, id, (node = fresh) => {
    const { message: _, ...rest } = node;
    return { ...rest, ...says, state: "ready" };
  });
}

/** Makes a worker a manager, or a manager a worker: it does its part as soon as it hears of it. Throws `wrong_state` for the last manager. */
export async function changeRole(manager: Manager, reference: string, role: Role): Promise<void> {
  const { id, description } = findNode(manager, reference);
  if (role === "manager") requireKnowsState(manager.replica, description);
  await setRole(manager, id, { role });
}

/** Writes down that a node goes by its own will; a manager is none any more. Throws `wrong_state` for the last manager. */
export async function dismissNode(manager: Manager, id: string): Promise<void> {
  await setRole(manager, id, { role: "worker", state: "down", message: "it has left" });
}

type Standing = Pick<Node, "role"> & Partial<Pick<Node, "state" | "message">>;

async function setRole(manager: Manager, id: string, standing: Standing): Promise<void> {
  const { replica } = manager;
  if (standing.role === "worker") await othersListen(manager, id);
  await write(manager, () => {
    const { listensAt: _, ...node } = findNode(manager, id);
    const others = otherManagers(manager, id);
    if (node.role === "manager" && standing.role === "worker" && !others.some(isReached)) throw lastManager(node);
    const { compare, operation } = putOf(replica, nodeKey(id), { ...node, ...standing, updatedAt: manager.now() });
    // Two that are demoted at once must not be the last two.
    const unchanged = others.map((one): Compare => {
      const key = nodeKey(one.id);
      return { key, what: "modified", at: replica.modified(key) };
    });
    return { compares: [compare, ...unchanged], operations: [operation] };
  });
}

function otherManagers({ replica }: Manager, id: string): Node[] {
  return [...replica.nodes.values()].filter((one) => one.role === "manager" && one.id !== id);
}

// Where all others were promoted a moment ago, one of them is about to tell where it listens.
async function othersListen(manager: Manager, id: string): Promise<void> {
  const patience = AbortSignal.timeout(LISTENING_MS);
  for (let waited = false; !patience.aborted; waited = true) {
    const others = otherManagers(manager, id);
    if (others.length === 0) return;
    if (others.some(isReached)) {
      // The nodes are told just now.
      if (waited) await pause(SETTLING_MS, patience);
      return;
    }
    await pause(LOOK_MS, patience);
  }
}

// One that was just promoted, and does not listen yet, would be found by nobody.
function isReached({ listensAt }: Node): boolean {
  return listensAt !== undefined;
}

function lastManager({ description }: Node): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "node.last_manager",
    what: `attempting to demote the last manager of the swarm: ${description.hostname}`,
    fix: "promote another node first: estiba node promote",
  });
}

type NodeChanger = (node: Node | undefined) => Node;

async function changeNode(manager: Manager, id: string, change: NodeChanger): Promise<Node> {
  const result: { node?: Node } = {};
  await write(manager, () => {
    result.node = { ...change(manager.replica.nodes.get(id)), updatedAt: manager.now() };
    const { compare, operation } = putOf(manager.replica, nodeKey(id), result.node);
    return { compares: [compare], operations: [operation] };
  });
  return result.node ?? findNode(manager, id);
}

function outOfSequence(): EstibaError {
  return new EstibaError("conflict", {
    reason: "node.out_of_sequence",
    what: "update out of sequence: the node has changed meanwhile",
    fix: "look at it, then try again",
    retryable: true,
  });
}

function noLabel(label: string, { description }: Node): EstibaError {
  return new EstibaError("not_found", {
    reason: "node.no_label",
    what: `key ${label} doesn't exist in node ${description.hostname}'s labels`,
    fix: "estiba node inspect shows them",
  });
}

/** Writes down which nodes are heard of, and which are not any more. Throws `not_found`. */
export async function setNodeStates(manager: Manager, states: ReadonlyMap<string, Node["state"]>): Promise<void> {
  const all = [...states];
  const atOnce = MOST_OPERATIONS - 1;
  for (let from = 0; from < all.length; from += atOnce) {
    const some = all.slice(from, from + atOnce);
    await write(manager, () => {
      const steps = some.map(([id, state]) => {
        const { message: _, ...known } = findNode(manager, id);
        const says = state === "down" ? { message: "heartbeat failure" } : {};
        return putOf(manager.replica, nodeKey(id), { ...known, state, ...says, updatedAt: manager.now() });
      });
      return { compares: steps.map(({ compare }) => compare), operations: steps.map(({ operation }) => operation) };
    });
  }
}

/** Forgets a node. Its tasks are lost to it. Throws `wrong_state` for one that is there, unless it is forced, and for a manager. */
export async function removeNode(manager: Manager, reference: string, force: boolean): Promise<Node> {
  const node = findNode(manager, reference);
  const refused = (what: string, fix: string): EstibaError =>
    new EstibaError("wrong_state", { reason: "node.not_removable", what, fix });
  if (node.role === "manager")
    throw refused(
      `node ${node.id} is a cluster manager`,
      "make it a worker first: estiba node demote; or have it leave: estiba swarm leave --force",
    );
  if (node.state === "ready" && !force)
    throw refused(`node ${node.id} is not down and can't be removed`, "have it leave first, or use --force");
  const key = nodeKey(node.id);
  await write(manager, () => ({
    compares: [{ key, what: "modified", at: manager.replica.modified(key) }],
    operations: [
      { kind: "delete", key },
      { kind: "delete", key: trustKey(node.id) },
    ],
  }));
  return node;
}
