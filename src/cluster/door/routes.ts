import { EstibaError } from "../../lib/error.ts";
import { type Call, notInTouch } from "../manager/calls.ts";
import { requireCluster, rotateToken } from "../manager/cluster-record.ts";
import { createFile, findFile, type NewFile, namedFiles, relabelFile, removeFile } from "../manager/files.ts";
import { answerGuest, type GuestAsk } from "../manager/guests.ts";
import { rotateUnlockKey, setAutolock } from "../manager/lock.ts";
import type { Manager } from "../manager/manager.ts";
import { createNetwork, findNetwork, type NewClusterNetwork, removeNetwork } from "../manager/networks.ts";
import { changeRole, dismissNode, findNode, type NodeChange, removeNode, updateNode } from "../manager/nodes.ts";
import { changeRoot, type RootChange } from "../manager/root.ts";
import { createService, findService, removeService, rollBackService, updateService } from "../manager/services.ts";
import type { FileKind } from "../model/file.ts";
import type { Role } from "../model/node.ts";
import type { ServiceSpec } from "../model/service.ts";
import { isAssigned } from "../model/task.ts";
import type { ManagerIdentity, StorePlace } from "../node/identity.ts";
import { FLEETING } from "../node/take-over.ts";
import type { Credentials } from "../remote/call.ts";
import type { Shared } from "../remote/wire.ts";
import { readItems } from "../store/transfer.ts";
import {
  clusterInfo,
  explainService,
  fileSummary,
  networkSummary,
  nodeSummaries,
  nodeSummary,
  serviceSummary,
  swarmFacts,
  taskRows,
} from "./answers.ts";
import { findTask } from "./find-task.ts";

/** What a request is answered from. */
export type Door = {
  readonly manager: Manager;
  readonly identity: ManagerIdentity;
  /** Listens for other nodes, unless that is so already; gives where they reach it. */
  readonly listen: (where: string) => Promise<string>;
  /** What this manager proves itself to others by. */
  readonly credentials: () => Promise<Required<Credentials>>;
  /** What secrets and configs are encrypted with, in base64. */
  readonly vaultKey: () => string;
  /** What another manager has to know to find and to read the state. */
  readonly shared: () => Shared;
  /** Calls another manager, which has this node answer what its tasks are asked. */
  readonly callBack: (call: Call) => void;
  /** Moves the state to another place, and begins anew there. */
  readonly migrate: (place: StorePlace) => Promise<void>;
};

/** A request of a command: the parts of its path that the pattern leaves open, its query, its body. */
export type Asked = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly signal: AbortSignal;
};

type Answer = (door: Door, asked: Asked) => unknown;

function kindOf(params: Asked["params"]): FileKind {
  return params["kind"] === "secret" ? "secret" : "config";
}

/** Throws `unsupported` while the state is a file of the only manager. */
export function requireSharedStore({ store }: Pick<ManagerIdentity, "store">): void {
  if (store.kind === "etcd") return;
  throw new EstibaError("unsupported", {
    reason: "cluster.one_manager",
    what: "the cluster's state is in a file of its only manager: there cannot be another one",
    fix: "move it to an etcd first: estiba swarm store migrate --etcd http://10.0.0.5:2379",
  });
}

const LONGEST_WAIT_MS = 20_000;

/** What commands may ask of their node. `:name` stands for a part of the path. */
export const ROUTES: Readonly<Record<string, Answer>> = {
  "GET /info": clusterInfo,
  // Resolves when something has changed since a revision, or after a while.
  "GET /revision": async ({ manager: { replica } }, { query, signal }) => {
    const after = Number(query.get("after") ?? 0);
    await replica.reached(after + 1, AbortSignal.any([signal, AbortSignal.timeout(LONGEST_WAIT_MS)]));
    return { revision: replica.revision() };
  },
  "GET /services": ({ manager }) => [...manager.replica.services.values()].map((each) => serviceSummary(manager, each)),
  "POST /services": async ({ manager }, { body }) => await createService(manager, (body as { spec: ServiceSpec }).spec),
  "GET /services/:name": ({ manager }, { params }) =>
    serviceSummary(manager, findService(manager, params["name"] ?? "")),
  "PUT /services/:name": async ({ manager }, { params, body }) => {
    const { spec, version } = body as { spec: ServiceSpec; version?: number };
    return await updateService(manager, params["name"] ?? "", spec, version);
  },
  "POST /services/:name/rollback": async ({ manager }, { params, body }) =>
    await rollBackService(manager, params["name"] ?? "", (body as { version?: number } | undefined)?.version),
  "DELETE /services/:name": async ({ manager }, { params }) => await removeService(manager, params["name"] ?? ""),
  "GET /services/:name/tasks": ({ manager }, { params }) => {
    const { id } = findService(manager, params["name"] ?? "");
    return taskRows(manager, ({ serviceId }) => serviceId === id);
  },
  "GET /services/:name/explain": ({ manager }, { params }) =>
    explainService(manager, findService(manager, params["name"] ?? "")),
  "GET /tasks": ({ manager }) => taskRows(manager, () => true),
  "GET /tasks/:name": ({ manager }, { params }) => findTask(taskRows(manager, isAssigned), params["name"] ?? ""),
  "GET /state": async ({ manager: { store, contact }, identity, vaultKey }) => ({
    clusterId: identity.clusterId,
    vaultKey: vaultKey(),
    items: await readItems(store, { except: FLEETING, freshness: contact.lost() === undefined ? "latest" : "any" }),
  }),
  "POST /state/migrate": async ({ migrate }, { body }) => await migrate((body as { place: StorePlace }).place),
  "GET /nodes": ({ manager }) => nodeSummaries(manager),
  "GET /nodes/:name": ({ manager }, { params }) => nodeSummary(manager, findNode(manager, params["name"] ?? "")),
  "PUT /nodes/:name": async ({ manager }, { params, body }) =>
    await updateNode(manager, params["name"] ?? "", body as NodeChange),
  "POST /nodes/:name/role": async ({ manager, identity }, { params, body }) => {
    const { role } = body as { role: Role };
    const { role: before } = findNode(manager, params["name"] ?? "");
    if (role === "manager") requireSharedStore(identity);
    if (role !== before) await changeRole(manager, params["name"] ?? "", role);
    return { changed: role !== before };
  },
  "POST /nodes/:name/leave": async ({ manager }, { params }) => await dismissNode(manager, params["name"] ?? ""),
  "DELETE /nodes/:name": async ({ manager }, { params, query }) =>
    await removeNode(manager, params["name"] ?? "", query.get("force") === "true"),
  "GET /files/:kind": ({ manager }, { params }) =>
    namedFiles(manager, kindOf(params)).map((file) => fileSummary(manager, file)),
  "POST /files/:kind": async ({ manager }, { params, body }) => {
    const { data, ...asked } = body as Omit<NewFile, "kind" | "data"> & { data: string };
    const file = await createFile(manager, { ...asked, kind: kindOf(params), data: Buffer.from(data, "base64") });
    return fileSummary(manager, file);
  },
  "GET /files/:kind/:name": ({ manager }, { params }) =>
    fileSummary(manager, findFile(manager, kindOf(params), params["name"] ?? "")),
  "PUT /files/:kind/:name": async ({ manager }, { params, body }) => {
    const { labels, version } = body as { labels: Record<string, string>; version?: number };
    await relabelFile(manager, findFile(manager, kindOf(params), params["name"] ?? ""), labels, version);
  },
  "DELETE /files/:kind/:name": async ({ manager }, { params }) =>
    fileSummary(manager, await removeFile(manager, kindOf(params), params["name"] ?? "")),
  "POST /nodes/:name/call-back": ({ manager }, { params, body }) => {
    const { id, description } = findNode(manager, params["name"] ?? "");
    if (!manager.calls.ask(id, body as Call)) throw notInTouch(description.hostname);
  },
  "GET /swarm": ({ manager }) => swarmFacts(manager),
  "GET /networks": ({ manager }) => [...manager.replica.networks.values()].map((each) => networkSummary(manager, each)),
  "POST /networks": async ({ manager }, { body }) => await createNetwork(manager, body as NewClusterNetwork),
  "GET /networks/:name": ({ manager }, { params }) =>
    networkSummary(manager, findNetwork(manager, params["name"] ?? "")),
  "DELETE /networks/:name": async ({ manager }, { params }) => await removeNetwork(manager, params["name"] ?? ""),
  "POST /nodes/:name/guest": async ({ manager }, { params, body }) =>
    await answerGuest(manager, findNode(manager, params["name"] ?? "").id, body as GuestAsk),
  "POST /swarm/root": async ({ manager }, { body }) => await changeRoot(manager, body as RootChange),
  "POST /swarm/autolock": async ({ manager }, { body }) =>
    await setAutolock(manager, (body as { autolock: boolean }).autolock),
  "GET /swarm/unlock-key": ({ manager }) => ({ unlockKey: requireCluster(manager).unlockKey ?? "" }),
  "POST /swarm/unlock-key": async ({ manager }) => await rotateUnlockKey(manager),
  "GET /ca": ({ manager }) => ({ ca: requireCluster(manager).authority.cert }),
  "POST /join-token": async ({ manager, identity, listen }, { body }) => {
    const { rotate, role } = body as { rotate: boolean; role: Role };
    if (role === "manager") requireSharedStore(identity);
    const at = await listen(identity.listen ?? "0.0.0.0:2377");
    return { token: rotate ? await rotateToken(manager, role) : requireCluster(manager).tokens[role], at };
  },
  "GET /nodes/:name/tasks": ({ manager }, { params }) => {
    const { id } = findNode(manager, params["name"] ?? "");
    return taskRows(manager, ({ nodeId }) => nodeId === id);
  },
};
