import type { ClusterInfo, NetworkSummary, NodeSummary, ServiceSummary, TaskRow } from "../../door/wire.ts";
import { hasEnded, isLive, isWanted } from "../../model/task.ts";
import { serviceRow } from "../service.ts";
import { placeOf } from "../task.ts";

/** What is asked of the cluster for its picture. */
export type ClusterFacts = {
  readonly info: ClusterInfo;
  readonly nodes: readonly NodeSummary[];
  readonly services: readonly ServiceSummary[];
  readonly tasks: readonly TaskRow[];
  readonly networks: readonly NetworkSummary[];
};

/** A task as the picture has it. */
export type MapTask = {
  readonly name: string;
  readonly service: string;
  /** `running, healthy` */
  readonly state: string;
  readonly kind: "well" | "coming" | "ended" | "failed";
  readonly image: string;
  /** `back 10.32.0.5`, one for each network. */
  readonly addresses: readonly string[];
  readonly error: string;
};

export type MapNode = {
  readonly name: string;
  /** `leader, ready, active` */
  readonly state: string;
  readonly isReady: boolean;
  readonly address: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly tasks: readonly MapTask[];
};

/** A service on a network: where its name leads, and to whom. */
export type MapMember = { readonly name: string; readonly virtual: string; readonly tasks: readonly string[] };

export type MapNetwork = {
  readonly name: string;
  readonly what: string;
  readonly members: readonly MapMember[];
  readonly nodes: readonly string[];
};

export type MapService = {
  readonly name: string;
  readonly replicas: string;
  readonly mode: string;
  readonly ports: string;
};

export type ClusterPicture = {
  readonly title: string;
  readonly nodes: readonly MapNode[];
  /** Tasks that are on no node. */
  readonly waiting: readonly MapTask[];
  readonly services: readonly MapService[];
  readonly networks: readonly MapNetwork[];
};

/** The picture of a cluster: what is wanted now, and the last of a slot that failed. Pure. */
export function clusterPicture(facts: ClusterFacts): ClusterPicture {
  const { info, nodes, services, networks } = facts;
  const shown = shownTasks(facts);
  const tasks = shown.map((row) => ({ nodeId: row.task.nodeId, view: taskOf(facts, row) }));
  const running = shown.filter(({ task }) => task.status.state === "running").length;
  const silent = info.silent === undefined ? "" : `, its store is silent: ${info.silent}`;
  return {
    title: `cluster ${info.clusterId}: ${count(nodes.length, "node")}, ${count(services.length, "service")}, ${count(running, "task")} running${silent}`,
    nodes: byName(nodes.map((node) => nodeOf(node, tasks))),
    waiting: byName(tasks.filter(({ nodeId }) => nodeId === undefined).map(({ view }) => view)),
    services: byName(
      services.map((summary) => {
        const { Name: name, Replicas: replicas, Mode: mode, Ports: ports } = serviceRow(summary);
        return { name, replicas, mode, ports };
      }),
    ),
    networks: byName(networks.map((network) => networkOf(facts, network))),
  };
}

type Placed = { readonly nodeId: string | undefined; readonly view: MapTask };

function nodeOf({ node, isLeader, isReachable }: NodeSummary, tasks: readonly Placed[]): MapNode {
  const { hostname, address, nanoCpus, memoryBytes } = node.description;
  const manager = isLeader ? ["leader"] : isReachable ? ["manager"] : ["manager, not reachable"];
  const role = node.role === "manager" ? manager : ["worker"];
  const why = node.state === "ready" || node.message === undefined ? node.state : `${node.state} (${node.message})`;
  return {
    name: hostname,
    state: [...role, why, ...(node.availability === "active" ? [] : [node.availability])].join(", "),
    isReady: node.state === "ready",
    address,
    cpus: nanoCpus / 1e9,
    memoryBytes,
    tasks: byName(tasks.filter(({ nodeId }) => nodeId === node.id).map(({ view }) => view)),
  };
}

/** Those that are wanted, and of each slot the newest that failed while nothing runs in it. */
function shownTasks({ tasks }: ClusterFacts): TaskRow[] {
  const slots = Map.groupBy(tasks, (row) => `${row.task.serviceId} ${placeOf(row)}`);
  return [...slots.values()].flatMap((rows) => {
    const live = rows.filter(({ task }) => isLive(task) || (isWanted(task) && hasEnded(task)));
    const isWell = live.some(({ task }) => task.status.state === "running");
    const failed = rows.find(({ task }) => ["failed", "rejected"].includes(task.status.state) && !isWanted(task));
    return isWell || failed === undefined ? live : [...live, failed];
  });
}

function taskOf({ services, networks }: ClusterFacts, row: TaskRow): MapTask {
  const { task, serviceName, nodeName } = row;
  const spec = services.find(({ service }) => service.id === task.serviceId)?.service.spec;
  const test = spec?.container.healthcheck?.test;
  const isChecked = test !== undefined && test[0] !== "NONE";
  const { state, error = "" } = task.status;
  const health = { running: ", healthy", starting: ", not healthy yet" }[state as string] ?? "";
  const addresses = networks.flatMap(({ network, holders }) =>
    holders.filter(({ owner }) => owner === `task/${task.id}`).map(({ ip }) => `${network.name} ${ip}`),
  );
  return {
    name: task.slot === 0 ? `${serviceName}.${nodeName}` : placeOf(row),
    service: serviceName,
    state: `${state}${isChecked ? health : ""}`,
    kind: state === "running" ? "well" : error !== "" ? "failed" : hasEnded(task) ? "ended" : "coming",
    image: spec?.container.image ?? "",
    addresses,
    error,
  };
}

function networkOf(facts: ClusterFacts, { network, holders }: NetworkSummary): MapNetwork {
  const of = (kind: string): NetworkSummary["holders"] => holders.filter(({ owner }) => owner.startsWith(`${kind}/`));
  const serviceOf = new Map(facts.tasks.map(({ task, serviceName }) => [`task/${task.id}`, serviceName]));
  const behind = Map.groupBy(of("task"), ({ owner }) => serviceOf.get(owner) ?? "");
  const virtual = new Map(of("service").map(({ name, ip }) => [name, ip]));
  const names = new Set([...behind.keys(), ...virtual.keys()].filter((name) => name !== ""));
  return {
    name: network.name,
    what: `${network.subnet}, tunnel ${network.vni}${network.internal ? ", internal" : ""}`,
    members: byName(
      [...names].map((name) => ({
        name,
        virtual: virtual.get(name) ?? "",
        tasks: (behind.get(name) ?? []).map(({ ip }) => ip).toSorted(),
      })),
    ),
    nodes: of("node")
      .map(({ name, ip }) => `${name} ${ip}`)
      .toSorted(),
  };
}

function byName<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
