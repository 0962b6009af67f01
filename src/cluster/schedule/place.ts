import type { Service } from "../model/service.ts";
import { type Task, withStatus } from "../model/task.ts";
import { readerOf } from "./constraint.ts";
import { explain, fits, type Needs, needsOf } from "./filters.ts";
import { addTask, type Loads, type NodeLoad } from "./load.ts";

/** So many failures of a service on a node within five minutes make it the last choice. */
const TOO_MANY_FAILURES = 5;

type Pending = {
  readonly services: ReadonlyMap<string, Service>;
  readonly loads: Loads;
  /** Tasks without a node, and those of global services that were not checked against theirs yet. */
  readonly tasks: readonly Task[];
  readonly now: number;
  /** How often tasks of a service have failed on a node in the last minutes. */
  readonly failures: (serviceId: string, nodeId: string) => number;
};

/** A node with its rank, as it was when so much had been counted there. */
type Candidate = { readonly load: NodeLoad; rank: number; counted: number };

/** What is known of a service while its tasks are placed. */
type Group = {
  readonly needs: Needs;
  readonly candidates: Candidate[];
  /** The lowest is the best. */
  readonly rank: (load: NodeLoad) => number;
  readonly spread: readonly ((load: NodeLoad) => string)[];
};

/**
 * Gives each task a node, and counts it there; one that no node can take stays, with the reason. Gives the tasks that have changed. The
 * same input gives the same output.
 */
export function placeTasks(pending: Pending): Task[] {
  const groups = new Map<string, Group>();
  return pending.tasks.flatMap((task) => {
    const service = pending.services.get(task.serviceId);
    if (service === undefined) return [];
    const key = `${task.serviceId} ${task.specHash}`;
    const group = groups.get(key) ?? groupOf(pending, service, task);
    groups.set(key, group);
    const placed = task.nodeId === undefined ? placeAnywhere(pending, group, task) : placeThere(pending, group, task);
    return placed === task ? [] : [placed];
  });
}

function groupOf({ loads, failures }: Pending, { id, spec }: Service, task: Task): Group {
  const needs = { ...needsOf(id, spec, task.hostPorts), reserve: task.reserve };
  const candidates = [...loads.values()]
    .filter((load) => fits(load, needs))
    .map((load): Candidate => ({ load, rank: 0, counted: -1 }));
  const readers = spec.placement.spread.map(readerOf);
  const failing = new Set(
    candidates.map(({ load }) => load.node.id).filter((nodeId) => failures(id, nodeId) >= TOO_MANY_FAILURES),
  );
  // One number is compared faster than several: what counts less stands in lower digits.
  const last = ({ node }: NodeLoad): number => (failing.has(node.id) ? 1e14 : 0);
  const ofService = (load: NodeLoad): number => load.byService.get(id) ?? 0;
  return {
    needs,
    candidates,
    spread: readers.map((read) => (load: NodeLoad) => read(load.node) ?? ""),
    rank:
      spec.placement.strategy === "binpack"
        ? (load) => last(load) - usage(load) * 1e8 - load.tasks
        : (load) => last(load) + ofService(load) * 1e8 + load.tasks * 100 + usage(load),
  };
}

// Of the scarcer of the two.
function usage({ capacity, nanoCpus, memoryBytes }: NodeLoad): number {
  return Math.max(nanoCpus / capacity.nanoCpus, memoryBytes / capacity.memoryBytes);
}

function placeAnywhere(pending: Pending, group: Group, task: Task): Task {
  const { needs } = group;
  const best = bestOf(group, narrowed(group));
  if (best === undefined) return unplaced(pending, needs, task);
  return placedOn(pending, group, { task, load: best });
}

function placeThere(pending: Pending, { needs }: Group, task: Task): Task {
  const load = pending.loads.get(task.nodeId ?? "");
  if (load === undefined) return task;
  if (!fits(load, needs)) return withReason(task, explain([load], needs), pending.now);
  const placed = assigned(task, load, pending.now);
  addTask(load, placed);
  return placed;
}

type Choice = { readonly task: Task; readonly load: NodeLoad };

function placedOn({ now }: Pending, group: Group, { task, load }: Choice): Task {
  const placed = assigned(task, load, now);
  addTask(load, placed);
  // What it takes may be what a next one would have needed; nothing is given back while tasks are placed.
  if (!fits(load, group.needs)) {
    const place = group.candidates.findIndex((candidate) => candidate.load === load);
    group.candidates.splice(place, 1);
  }
  return placed;
}

/** Down the tree of preferences: at each level those nodes whose value has the fewest tasks of the service. */
function narrowed({ candidates, spread, needs }: Group): readonly Candidate[] {
  if (spread.length === 0) return candidates;
  let left: readonly Candidate[] = candidates.filter(({ load }) => fits(load, needs));
  for (const valueOf of spread) {
    const counts = new Map<string, number>();
    for (const { load } of left) {
      const value = valueOf(load);
      counts.set(value, (counts.get(value) ?? 0) + (load.byService.get(needs.serviceId) ?? 0));
    }
    const fewest = Math.min(...counts.values());
    const [chosen] = [...counts]
      .filter(([, tasks]) => tasks === fewest)
      .map(([value]) => value)
      .sort();
    left = left.filter(({ load }) => valueOf(load) === chosen);
  }
  return left;
}

function bestOf({ rank, needs }: Group, candidates: readonly Candidate[]): NodeLoad | undefined {
  let best: NodeLoad | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const { load } = candidate;
    if (candidate.counted !== load.counted) {
      candidate.counted = load.counted;
      candidate.rank = rank(load);
    }
    // Tasks of other services may have been given to it since it was listed.
    if (candidate.rank < lowest && fits(load, needs)) [best, lowest] = [load, candidate.rank];
  }
  return best;
}

function assigned(task: Task, { node }: NodeLoad, now: number): Task {
  const status = { state: "assigned", at: now, message: "scheduler assigned task to node" } as const;
  return withStatus({ ...task, nodeId: node.id }, status);
}

function unplaced({ loads, now }: Pending, needs: Needs, task: Task): Task {
  return withReason(task, explain(loads.values(), needs), now);
}

function withReason(task: Task, error: string, now: number): Task {
  const { status } = task;
  if (status.state === "pending" && status.error === error) return task;
  return { ...task, status: { state: "pending", at: now, message: "pending task scheduling", error } };
}
