import { formatSize } from "../../lib/size.ts";
import { asksOf } from "../model/format.ts";
import { formatOf, takesTasks } from "../model/node.ts";
import type { ServiceSpec } from "../model/service.ts";
import type { Reservation } from "../model/task.ts";
import { type Constraint, parseConstraint } from "./constraint.ts";
import type { NodeLoad } from "./load.ts";

/** What a task of a service needs of a node. */
export type Needs = {
  readonly serviceId: string;
  readonly constraints: readonly { readonly text: string; readonly holds: Constraint }[];
  readonly maxPerNode: number;
  readonly reserve: Reservation;
  readonly hostPorts: readonly string[];
  /** That the node has to know, with the parts of the spec that are of no earlier one. */
  readonly format: number;
  readonly newer: readonly string[];
};

/** The needs of a service's tasks. */
export function needsOf(serviceId: string, spec: ServiceSpec, hostPorts: readonly string[]): Needs {
  const { placement, reserve } = spec;
  const constraints = placement.constraints.map((text) => ({ text, holds: parseConstraint(text) }));
  const { format, newer } = asksOf(spec);
  return { serviceId, constraints, maxPerNode: placement.maxPerNode, reserve, hostPorts, format, newer };
}

type Filter = {
  readonly passes: (load: NodeLoad, needs: Needs) => boolean;
  /** Why so many nodes are none. */
  readonly explain: (nodes: number, needs: Needs) => string;
  /** Why this one is none. */
  readonly why: (load: NodeLoad, needs: Needs) => string;
};

const AVAILABILITIES = { active: "active", pause: "paused", drain: "drained" } as const;

/** In the order in which they are asked; the first that fails is the reason that is told. Texts are Swarm's. */
const FILTERS: readonly Filter[] = [
  {
    passes: ({ node }) => takesTasks(node),
    explain: (nodes) => `${count(nodes)} not available for new tasks`,
    why: ({ node: { state, availability } }) =>
      `not available for new tasks: it is ${state === "ready" ? AVAILABILITIES[availability] : "down"}`,
  },
  {
    passes: ({ node }, { format }) => formatOf(node) >= format,
    explain: (nodes, { newer }) => `${newer.join(", ")} not known to the earlier version on ${count(nodes)}`,
    why: ({ node }, { newer }) =>
      `${newer.join(", ")} not known to version ${node.description.engineVersion}, which it is of`,
  },
  {
    passes: ({ capacity, nanoCpus, memoryBytes }, { reserve }) =>
      nanoCpus + reserve.nanoCpus <= capacity.nanoCpus && memoryBytes + reserve.memoryBytes <= capacity.memoryBytes,
    explain: (nodes) => `insufficient resources on ${count(nodes)}`,
    why: (load, { reserve }) => `insufficient resources: ${lacks(load, reserve).join(", ")}`,
  },
  {
    passes: ({ node }, { constraints }) => constraints.every(({ holds }) => holds(node)),
    explain: (nodes) => `scheduling constraints not satisfied on ${count(nodes)}`,
    why: ({ node }, { constraints }) =>
      `scheduling constraints not satisfied: ${constraints
        .filter(({ holds }) => !holds(node))
        .map(({ text }) => text)
        .join(", ")}`,
  },
  {
    passes: ({ hostPorts }, needs) => !needs.hostPorts.some((port) => hostPorts.has(port)),
    explain: (nodes) => `host-mode port already in use on ${count(nodes)}`,
    why: ({ hostPorts }, needs) =>
      `host-mode port already in use: ${needs.hostPorts.filter((port) => hostPorts.has(port)).join(", ")}`,
  },
  {
    passes: ({ byService }, { serviceId, maxPerNode }) =>
      maxPerNode === 0 || (byService.get(serviceId) ?? 0) < maxPerNode,
    explain: () => "max replicas per node limit exceed",
    why: (_, { maxPerNode }) => `max replicas per node limit exceed: it has ${maxPerNode}`,
  },
];

/** Whether a task with these needs can be given to a node now. */
export function fits(load: NodeLoad, needs: Needs): boolean {
  return FILTERS.every(({ passes }) => passes(load, needs));
}

/** Why no node can be given it: for each reason, how many nodes it keeps away. */
export function explain(loads: Iterable<NodeLoad>, needs: Needs): string {
  const failed = new Map<Filter, number>();
  for (const load of loads) {
    const filter = FILTERS.find(({ passes }) => !passes(load, needs));
    if (filter !== undefined) failed.set(filter, (failed.get(filter) ?? 0) + 1);
  }
  const reasons = FILTERS.flatMap((filter) => {
    const nodes = failed.get(filter);
    return nodes === undefined ? [] : [filter.explain(nodes, needs)];
  });
  return reasons.length === 0 ? "no suitable node" : `no suitable node (${reasons.join("; ")})`;
}

/** One line for each node: whether it could be given a task, and why not. */
export function explainEach(loads: Iterable<NodeLoad>, needs: Needs): { node: string; reasons: string[] }[] {
  return [...loads].map((load) => ({
    node: load.node.description.hostname,
    reasons: FILTERS.filter(({ passes }) => !passes(load, needs)).map(({ why }) => why(load, needs)),
  }));
}

/** What a task would take that is not left: `2 processors are reserved, 0.5 are left`. */
function lacks({ capacity, nanoCpus, memoryBytes }: NodeLoad, reserve: Reservation): string[] {
  const [cpusLeft, memoryLeft] = [capacity.nanoCpus - nanoCpus, capacity.memoryBytes - memoryBytes];
  const cpus = (nanos: number): number => Math.round(nanos / 1e7) / 100;
  return [
    ...(reserve.nanoCpus > cpusLeft
      ? [`${cpus(reserve.nanoCpus)} processors are asked for, ${cpus(Math.max(0, cpusLeft))} are left`]
      : []),
    ...(reserve.memoryBytes > memoryLeft
      ? [`${formatSize(reserve.memoryBytes)} of memory are asked for, ${formatSize(Math.max(0, memoryLeft))} are left`]
      : []),
  ];
}

function count(nodes: number): string {
  return nodes === 1 ? "1 node" : `${nodes} nodes`;
}
