import { nextRun } from "../../engine/schedule/next-run.ts";
import { nodesFor } from "../decide/services.ts";
import { requireCluster } from "../manager/cluster-record.ts";
import type { NamedFile } from "../manager/files.ts";
import { fileKey, KEYS, nodeKey, serviceKey, taskKey } from "../manager/keys.ts";
import type { Manager } from "../manager/manager.ts";
import { replicasOf } from "../model/autoscale.ts";
import type { Address, ClusterNetwork } from "../model/network.ts";
import type { Node } from "../model/node.ts";
import { modeName, scheduleOf } from "../model/schedule.ts";
import type { Service } from "../model/service.ts";
import { isLive, isWanted, type Task } from "../model/task.ts";
import { byName, namedNetworks } from "../network/attached.ts";
import { explainEach, needsOf } from "../schedule/filters.ts";
import { loadsOf } from "../schedule/load.ts";
import { lastOf, rootFacts } from "../trust/authority.ts";
import { signerOf, trustMark, trustOf, USUAL_EXPIRY_MS } from "../trust/rotation.ts";
import type { Door } from "./routes.ts";
import type {
  ClusterInfo,
  Explanation,
  FileSummary,
  NetworkSummary,
  NodeSummary,
  NodeTrust,
  ServiceSummary,
  SwarmFacts,
  TaskRow,
} from "./wire.ts";

export function clusterInfo({ manager, identity }: Door): ClusterInfo {
  const { clusterId, nodeId, address } = identity;
  const { replica, contact } = manager;
  const silent = contact.lost()?.why ?? contact.full()?.message;
  // Before the first term has made these, there is nothing that could be asked for.
  const found = replica.leader()?.nodeId;
  const isReady = replica.cluster() !== undefined && (found !== nodeId || replica.nodes.has(nodeId));
  const leader = isReady ? found : undefined;
  const created = Math.min(...[...manager.replica.nodes.values()].map(({ createdAt }) => createdAt));
  const isGone = replica.revision() > 0 && replica.cluster() === undefined && !manager.mayFound && silent === undefined;
  return { clusterId, nodeId, address, leader, createdAt: created, silent, ...(isGone ? { isGone } : {}) };
}

export function swarmFacts(manager: Manager): SwarmFacts {
  const record = requireCluster(manager);
  const { id, createdAt, authority, rotation, tokens, unlockKey } = record;
  const { forceRotate = 0, certExpiryMs = USUAL_EXPIRY_MS } = record;
  const version = manager.replica.modified(KEYS.cluster);
  const signer = signerOf(record).authority.cert;
  const settings = {
    isRotating: rotation !== undefined,
    isAutolocked: unlockKey !== undefined,
    forceRotate,
    certExpiryMs,
  };
  return { id, version, createdAt, ca: authority.cert, signer, ...rootFacts(signer), ...settings, tokens };
}

/** What nodes can have told that they trust, by its mark. */
function knownTrusts({ cluster }: Manager["replica"]): Map<string, NodeTrust> {
  const record = cluster();
  if (record === undefined) return new Map();
  const { authority, formerTrust } = record;
  const bundles = [trustOf(record), authority.cert, ...(formerTrust === undefined ? [] : [formerTrust])];
  // The last of several is the new one, which certificates are of.
  return new Map(bundles.map((trust) => [trustMark(trust), { trust, ...rootFacts(lastOf(trust)) }]));
}

/** A secret or config without what only nodes are told. */
export function fileSummary({ replica, vault }: Manager, { sealed, ...file }: NamedFile): FileSummary {
  const data = file.kind === "config" ? vault.open(file.id, sealed).toString("base64") : undefined;
  return { ...file, version: replica.modified(fileKey(file.id)), ...(data === undefined ? {} : { data }) };
}

export function serviceSummary({ replica }: Manager, service: Service): ServiceSummary {
  const tasks = [...replica.tasksOf(service.id)];
  const isCompleted = ({ status, specHash }: Task): boolean =>
    status.state === "complete" && specHash === service.specHash;
  return {
    service,
    version: replica.modified(serviceKey(service.id)),
    running: tasks.filter((task) => task.status.state === "running" && isWanted(task)).length,
    desired: modeName(service.spec) === "scheduled" ? tasks.filter(isLive).length : desiredOf(replica, service),
    networks: networkIds(replica, service),
    virtual: replica.addressesOf(`service/${service.id}`).map(({ networkId, ip }) => {
      const prefix = replica.networks.get(networkId)?.subnet.split("/")[1] ?? "32";
      return { networkId, address: `${ip}/${prefix}` };
    }),
    completed: tasks.filter(isCompleted).length,
    ...nextRunOf(service),
  };
}

function networkIds(replica: Manager["replica"], { spec, previous }: Service): Record<string, string> {
  const named = byName(replica.networks.values());
  const containers = [spec, previous?.spec].flatMap((each) => each?.container ?? []);
  return Object.fromEntries(
    containers.flatMap((container) => namedNetworks(named, container)).map(({ name, id }) => [name, id]),
  );
}

function nextRunOf({ spec, schedule: known }: Service): { nextRun?: number } {
  const schedule = scheduleOf(spec);
  if (schedule === undefined || spec.mode.kind !== "replicated-job" || spec.mode.total === 0) return {};
  const next = nextRun(schedule, Math.max(Date.now(), known?.after ?? 0));
  return next === undefined ? {} : { nextRun: next };
}

function desiredOf(replica: Manager["replica"], service: Service): number {
  const { mode } = service.spec;
  switch (mode.kind) {
    case "replicated":
      return replicasOf(service);
    case "replicated-job":
      return mode.concurrent;
    case "global":
    case "global-job":
      return [...nodesFor(replica, service).values()].filter(Boolean).length;
  }
}

export function nodeSummary(
  { replica }: Manager,
  node: Node,
  known: ReadonlyMap<string, NodeTrust> = knownTrusts(replica),
): NodeSummary {
  return {
    node,
    version: replica.modified(nodeKey(node.id)),
    isLeader: node.id === replica.leader()?.nodeId,
    isReachable: replica.present.has(node.id),
    tls: known.get(replica.trusts.get(node.id) ?? ""),
  };
}

export function nodeSummaries(manager: Manager): NodeSummary[] {
  const known = knownTrusts(manager.replica);
  return [...manager.replica.nodes.values()].map((node) => nodeSummary(manager, node, known));
}

/** Tasks by slot, the newest of each first; of a job with a schedule, its last run first. */
export function taskRows({ replica }: Manager, wanted: (task: Task) => boolean): TaskRow[] {
  return [...replica.tasks.values()]
    .filter(wanted)
    .toSorted(
      (a, b) =>
        (b.run ?? 0) - (a.run ?? 0) ||
        a.slot - b.slot ||
        (a.nodeId ?? "").localeCompare(b.nodeId ?? "") ||
        b.createdAt - a.createdAt,
    )
    .map((task) => ({
      task,
      serviceName: replica.services.get(task.serviceId)?.spec.name ?? task.serviceId,
      nodeName: replica.nodes.get(task.nodeId ?? "")?.description.hostname ?? task.nodeId ?? "",
      version: replica.modified(taskKey(task.id)),
    }));
}

/** For each node, why it would be given no further task of a service now. */
export function explainService({ replica }: Manager, { id, spec }: Service): Explanation[] {
  const tasks = [...replica.tasks.values()];
  const hostPorts = tasks.find(({ serviceId }) => serviceId === id)?.hostPorts ?? [];
  return explainEach(loadsOf(replica.nodes.values(), tasks).values(), needsOf(id, spec, hostPorts));
}

/** A network with those who have an address on it now. */
export function networkSummary({ replica }: Manager, network: ClusterNetwork): NetworkSummary {
  const holders = [...(replica.addresses.get(network.id)?.values() ?? [])].filter(
    ({ freedAt }) => freedAt === undefined,
  );
  return {
    network,
    holders: holders.map((address) => ({ ...address, name: holderName(replica, address) })),
  };
}

function holderName(
  { services, tasks, nodes, guests }: Manager["replica"],
  { owner, networkId }: Pick<Address, "owner" | "networkId">,
): string {
  const [kind, id = ""] = owner.split("/");
  if (kind === "node") return nodes.get(id)?.description.hostname ?? id;
  if (kind === "container") return guests.get(`${networkId}/${id}`)?.names[0] ?? id;
  if (kind === "service") return services.get(id)?.spec.name ?? id;
  const task = tasks.get(id);
  const service = services.get(task?.serviceId ?? "")?.spec.name ?? "";
  return task === undefined ? id : `${service}.${task.slot === 0 ? task.nodeId : task.slot}.${id}`;
}
