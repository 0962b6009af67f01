import { isEstibaError } from "../../lib/error.ts";
import { pause } from "../../lib/pause.ts";
import { decide } from "../decide/decide.ts";
import { isRebalanced } from "../model/rebalance.ts";
import { isAssigned, isWanted, type Task, withStatus } from "../model/task.ts";
import { type Loads, loadsOf } from "../schedule/load.ts";
import { placeTasks } from "../schedule/place.ts";
import { type Compare, MOST_OPERATIONS, type Operation } from "../store/contract.ts";
import { addressSteps, withAddresses } from "./addresses.ts";
import { lostGuests } from "./guests.ts";
import { newId } from "./ids.ts";
import { serviceKey, taskKey } from "./keys.ts";
import { type Manager, putOf } from "./manager.ts";
import { ensureIngress } from "./networks.ts";
import { finishRotation } from "./root.ts";
import type { Term } from "./term.ts";

/** What comes together is decided together. */
const GATHER_MS = 10;
const LONGEST_WAIT_MS = 60_000;
const FAILURES_WITHIN_MS = 300_000;
/** Ended tasks that are kept of each slot, as Swarm does. */
const HISTORY = 5;

/** One change with the condition that nobody else has made another. */
type Step = { readonly compare: Compare; readonly operation: Operation };

/**
 * Decides for the cluster until the term is over: what nodes report is written down, what follows of it decided, tasks are placed. `first`
 * is done before that.
 */
export async function lead(manager: Manager, term: Term, first: () => Promise<void>): Promise<void> {
  const { replica } = manager;
  const agenda = makeAgenda(manager);
  using _listening = replica.onChange(({ services, nodes }) => {
    for (const id of services) agenda.due.set(id, 0);
    if (nodes.size > 0) agenda.nodesChanged(nodes);
    agenda.ring();
  });
  manager.wake = agenda.ring;
  for (const id of servicesOf(manager)) agenda.due.set(id, 0);
  manager.term = term;
  const begun = { done: false };
  try {
    while (!term.signal.aborted) {
      try {
        if (!begun.done) await first();
        begun.done = true;
        await writeReports(manager, term);
        await decideDue(manager, term, agenda);
        await ensureIngress(manager);
        await commitAll(manager, term, lostGuests(manager));
        await finishRotation(manager);
        await commitAll(manager, term, addressSteps(manager));
        // What is placed has addresses on its node's bridges from then on.
        if (await place(manager, term)) await commitAll(manager, term, addressSteps(manager));
      } catch (error) {
        // The store is out of reach: everything is looked at again when it is back.
        if (!isEstibaError(error, "unavailable", "exhausted")) throw error;
        for (const id of servicesOf(manager)) agenda.due.set(id, 0);
        await pause(LONGEST_WAIT_MS / 100, term.signal);
      }
      await agenda.wait(term.signal);
      await pause(GATHER_MS, term.signal);
    }
  } finally {
    manager.term = undefined;
  }
}

type Agenda = {
  /** By service: when it is to be decided about; 0 for at once. */
  readonly due: Map<string, number>;
  readonly nodesChanged: (nodes: ReadonlySet<string>) => void;
  readonly ring: () => void;
  readonly wait: (signal: AbortSignal) => Promise<void>;
};

function makeAgenda(manager: Manager): Agenda {
  const due = new Map<string, number>();
  const bell = { ring: Promise.withResolvers<void>() };
  return {
    due,
    nodesChanged: (nodes) => {
      const { replica } = manager;
      for (const { serviceId, nodeId } of replica.tasks.values())
        if (nodeId !== undefined && nodes.has(nodeId)) due.set(serviceId, 0);
      for (const { id, spec } of replica.services.values())
        if (spec.mode.kind.startsWith("global") || isRebalanced(spec)) due.set(id, 0);
    },
    ring: () => bell.ring.resolve(),
    wait: async (signal) => {
      const now = manager.now();
      const next = Math.min(...due.values(), now + LONGEST_WAIT_MS);
      const timer = setTimeout(() => bell.ring.resolve(), Math.max(0, next - now));
      const abort = (): void => bell.ring.resolve();
      signal.addEventListener("abort", abort, { once: true });
      if (!signal.aborted) await bell.ring.promise;
      signal.removeEventListener("abort", abort);
      clearTimeout(timer);
      bell.ring = Promise.withResolvers<void>();
    },
  };
}

function servicesOf({ replica }: Manager): Set<string> {
  return new Set([...replica.services.keys(), ...[...replica.tasks.values()].map(({ serviceId }) => serviceId)]);
}

async function writeReports(manager: Manager, term: Term): Promise<void> {
  const { replica, inbox, endings } = manager;
  const now = manager.now();
  const reports = [...inbox];
  const steps = reports.flatMap(([id, { nodeId, status }]): Step[] => {
    const task = replica.tasks.get(id);
    // A node that was given up may come back with what has become of a task meanwhile: that is worth knowing, too.
    if (task === undefined || task.nodeId !== nodeId) return [];
    // Clocks of nodes differ: what happened when is told by one only.
    const reported = withStatus(task, { ...status, at: now });
    return reported === task ? [] : [putOf(replica, taskKey(id), reported)];
  });
  await commitAll(manager, term, steps);
  for (const [id, report] of reports) {
    if (inbox.get(id) !== report) continue;
    inbox.delete(id);
    endings.forget(id);
  }
}

async function decideDue(manager: Manager, term: Term, { due }: Agenda): Promise<void> {
  const { replica } = manager;
  const now = manager.now();
  const ids = [...due].filter(([, at]) => at <= now).map(([id]) => id);
  const steps: Step[] = [];
  const loads = (): Loads => loadsOf(replica.nodes.values(), replica.tasks.values());
  for (const id of ids) {
    due.delete(id);
    const service = replica.services.get(id);
    const tasks = replica.tasksOf(id);
    const clock = Date.now();
    const decision = decide({ service, tasks, nodes: replica.nodes, loads, now, clock, newId, history: HISTORY });
    if (decision.wakeAt !== Number.POSITIVE_INFINITY) due.set(id, decision.wakeAt);
    // That a run was begun is written down no later than its tasks: it is begun once.
    if (decision.service !== undefined) steps.push(putOf(replica, serviceKey(id), decision.service));
    for (const task of decision.put) steps.push(putOf(replica, taskKey(task.id), task));
    for (const task of decision.drop) steps.push(deleteOf(manager, taskKey(task)));
  }
  await commitAll(manager, term, steps);
}

/** Gives tasks their nodes; false when there were none to be given any. */
async function place(manager: Manager, term: Term): Promise<boolean> {
  const { replica } = manager;
  const tasks = [...replica.tasks.values()];
  const pending = tasks.filter((task) => !isAssigned(task) && isWanted(task));
  if (pending.length === 0) return false;
  const { ready, waiting } = withAddresses(manager, pending);
  const now = manager.now();
  const loads = loadsOf(replica.nodes.values(), tasks);
  const failures = failuresOf(tasks, now);
  const placed = placeTasks({ services: replica.services, loads, tasks: ready, now, failures });
  await commitAll(
    manager,
    term,
    [...placed, ...waiting].map((task) => putOf(replica, taskKey(task.id), task)),
  );
  return true;
}

/** How often tasks have failed lately, by service and node. */
function failuresOf(tasks: readonly Task[], now: number): (serviceId: string, nodeId: string) => number {
  const counts = new Map<string, number>();
  for (const { serviceId, nodeId, status } of tasks) {
    if (status.state !== "failed" && status.state !== "rejected") continue;
    if (now - status.at > FAILURES_WITHIN_MS) continue;
    counts.set(`${serviceId} ${nodeId}`, (counts.get(`${serviceId} ${nodeId}`) ?? 0) + 1);
  }
  return (serviceId, nodeId) => counts.get(`${serviceId} ${nodeId}`) ?? 0;
}

function deleteOf({ replica }: Manager, key: string): Step {
  return { compare: { key, what: "modified", at: replica.modified(key) }, operation: { kind: "delete", key } };
}

/** Commits steps, some at a time. Where somebody else was quicker, that is on its way here, and is decided on when it comes. */
async function commitAll({ store, replica }: Manager, term: Term, steps: readonly Step[]): Promise<void> {
  const atOnce = MOST_OPERATIONS - 1;
  for (let from = 0; from < steps.length && !term.signal.aborted; from += atOnce) {
    const some = steps.slice(from, from + atOnce);
    const { succeeded, revision } = await store.commit(
      [term.fence, ...some.map(({ compare }) => compare)],
      some.map(({ operation }) => operation),
    );
    if (succeeded) await replica.reached(revision, term.signal);
  }
}
