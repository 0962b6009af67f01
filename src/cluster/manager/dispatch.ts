import { describeError, isEstibaError } from "../../lib/error.ts";
import { logDebug } from "../../lib/log.ts";
import { pause } from "../../lib/pause.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { autoscaleOf, type TaskUsage } from "../model/autoscale.ts";
import type { FileUse } from "../model/file.ts";
import type { Role } from "../model/node.ts";
import type { Service } from "../model/service.ts";
import { hasEnded, isAssigned, TASK_RANK, type Task, type TaskStatus } from "../model/task.ts";
import { hasTemplates } from "../model/templates.ts";
import { unallotted } from "../network/allot.ts";
import { byName, specOfTask } from "../network/attached.ts";
import { isSamePart, type NetworkNews, type NodePicture, networksOfNode } from "../network/picture.ts";
import { trustMark, trustOf } from "../trust/rotation.ts";
import type { Call } from "./calls.ts";
import type { GuestAnswer, GuestAsk } from "./guests.ts";
import type { Manager } from "./manager.ts";
import type { Replica } from "./replica.ts";

/** What comes together is told together. */
const GATHER_MS = 5;

/** A network of the cluster that a task is on, and its address there. */
export type TaskNetwork = { readonly name: string; readonly ip: string; readonly mac: string };

/** A secret or config for a task, with its data in base64, or why it cannot be had. */
export type AssignedFile = FileUse & ({ readonly data: string } | { readonly missing: string });

/** A task with all that its node needs to run it. */
export type Assignment = {
  readonly task: Task;
  readonly serviceName: string;
  /** Undefined for one that is only to be stopped: the spec it was made from is no longer kept. */
  readonly container: ContainerSpec | undefined;
  readonly networks: readonly TaskNetwork[];
  /** Only while they are needed: of a task that has not begun to run. */
  readonly files?: readonly AssignedFile[];
  /** The service's labels, where its spec has templates, which may ask for them. */
  readonly serviceLabels?: Readonly<Record<string, string>>;
  /** What it uses is to be told now and then. */
  readonly measured?: boolean;
};

/** What a node is to have: at first all of its tasks, then those that have changed, and the ids of those to be forgotten. */
export type Orders = {
  readonly complete: boolean;
  readonly assignments: readonly Assignment[];
  readonly gone: readonly string[];
  /** What has changed of its networks; they are told of before the tasks on them. */
  readonly network?: NetworkNews;
  /** What the node is to be, and where managers are, the leader first; with the first orders, and when it changes. */
  readonly standing?: Standing;
  /** Where it is to call back. */
  readonly calls?: readonly Call[];
};

export type Standing = {
  readonly role: Role;
  readonly managers: readonly string[];
  /** The mark of those whom it is to trust; one that trusts others gets a certificate anew. */
  readonly trust?: string;
};

/** How a node is told what to do, and tells what it does. */
export type Upstream = {
  readonly orders: (signal: AbortSignal) => AsyncIterable<Orders>;
  readonly report: (taskId: string, status: TaskStatus) => void;
  /** Asks for what a container needs that is no task. Throws `unavailable` when no leader answers soon. */
  readonly askForGuest: (asked: GuestAsk, signal: AbortSignal) => Promise<GuestAnswer>;
  /** Tells what tasks use; only what is told last matters. */
  readonly tellUsages: (usages: readonly (readonly [taskId: string, usage: TaskUsage])[]) => void;
};

/** The orders of one node, as they come, until the signal is aborted. */
export async function* ordersFor(manager: Manager, nodeId: string, signal: AbortSignal): AsyncGenerator<Orders> {
  const { replica } = manager;
  const bell = { ring: Promise.withResolvers<void>(), isUrgent: false };
  const ring = (): void => bell.ring.resolve();
  using _listening = replica.onChange(({ places, nodes, cluster, managers }) => {
    // Who is behind names and ports elsewhere matters here, too.
    if (cluster || managers || places.has(nodeId) || nodes.has(nodeId) || replica.addresses.size > 0) ring();
  });
  using _ending = manager.endings.onNew(() => {
    bell.isUrgent = true;
    ring();
  });
  using calls = manager.calls.listen(nodeId, ring);
  signal.addEventListener("abort", ring, { once: true });
  let told: Told | undefined;
  while (!signal.aborted) {
    bell.ring = Promise.withResolvers<void>();
    // Without the state there is nothing to say: an empty list would have everything stopped.
    if (replica.cluster() === undefined) {
      await replica.reached(replica.revision() + 1, signal);
      continue;
    }
    const now = tell(manager, nodeId, told);
    const orders = newsOf(told, now);
    if (orders !== undefined)
      yield { ...orders, assignments: orders.assignments.map((each) => withFiles(manager, each)) };
    told = now;
    const asked = calls.take();
    if (asked.length > 0) yield { complete: false, assignments: [], gone: [], calls: asked };
    if (!signal.aborted) await bell.ring.promise;
    if (replica.addresses.size > 0 && !bell.isUrgent) await pause(GATHER_MS, signal);
    bell.isUrgent = false;
  }
  signal.removeEventListener("abort", ring);
}

/** All that a node is told, each thing with its text, by which a change of it is seen. */
type Told = {
  readonly tasks: ReadonlyMap<string, { readonly assignment: Assignment; readonly text: string }>;
  readonly networks: NodePicture;
  readonly standing: Standing;
};

function tell(manager: Manager, nodeId: string, before: Told | undefined): Told {
  const { replica } = manager;
  const named = byName(replica.networks.values());
  // One that has not begun yet waits until it, and its node, have their addresses.
  const isReady = (task: Task): boolean =>
    task.status.state !== "assigned" || replica.networks.size === 0 || unallotted(replica, named, task).length === 0;
  const tasks = [...replica.tasksOn(nodeId)].filter((task) => isAssigned(task) && isReady(task));
  return {
    tasks: new Map(
      tasks.map((task) => {
        const assignment = assignmentOf(manager, task);
        // What it said itself is no news to it.
        return [
          task.id,
          { assignment, text: JSON.stringify([task.desired, assignment.networks, assignment.measured]) },
        ];
      }),
    ),
    networks: networksOfNode(replica, nodeId, before?.networks, manager.endings),
    standing: standingOf(manager, nodeId),
  };
}

function newsOf(told: Told | undefined, now: Told): Orders | undefined {
  const changed = [...now.tasks].filter(([id, { text }]) => told?.tasks.get(id)?.text !== text);
  const gone = [...(told?.tasks.keys() ?? [])].filter((id) => !now.tasks.has(id));
  const [parts, before] = [now.networks.parts, told?.networks.parts];
  const put = parts === before ? [] : [...parts].filter(([key, part]) => !isSamePart(before?.get(key), part));
  const drop = parts === before ? [] : [...(before?.keys() ?? [])].filter((key) => !parts.has(key));
  const isElsewhere = JSON.stringify(told?.standing) !== JSON.stringify(now.standing);
  const news = changed.length + gone.length + put.length + drop.length;
  if (told !== undefined && news === 0 && !isElsewhere) return undefined;
  const isNetworkNews = told === undefined || put.length + drop.length > 0;
  return {
    complete: told === undefined,
    assignments: changed.map(([, { assignment }]) => assignment),
    gone,
    ...(isElsewhere ? { standing: now.standing } : {}),
    ...(isNetworkNews
      ? {
          network: {
            complete: told === undefined,
            put: Object.fromEntries(put.map(([key, { item }]) => [key, item])),
            drop,
          },
        }
      : {}),
  };
}

/** With the data of its secrets and configs, until its container has copies: from when it runs on. */
function withFiles({ replica, vault }: Manager, assignment: Assignment): Assignment {
  const { task } = assignment;
  const { files = [] } = specOfTask(replica.services.get(task.serviceId), task) ?? {};
  if (files.length === 0 || TASK_RANK[task.status.state] >= TASK_RANK.running) return assignment;
  const open = (use: FileUse): AssignedFile => {
    const file = replica.files.get(use.id);
    if (file === undefined) return { ...use, missing: `${use.kind} ${use.name} was removed` };
    try {
      return { ...use, data: vault.open(file.id, file.sealed).toString("base64") };
    } catch (error) {
      if (!isEstibaError(error)) throw error;
      return { ...use, missing: `${use.kind} ${use.name}: ${describeError(error)}` };
    }
  };
  return { ...assignment, files: files.map(open) };
}

function standingOf({ replica }: Manager, nodeId: string): Standing {
  return { role: replica.nodes.get(nodeId)?.role ?? "worker", ...commonOf(replica) };
}

/** What is said to all nodes alike; made once for each revision, since there may be a thousand of them. */
type Common = Omit<Standing, "role">;

const commons = new WeakMap<object, { readonly at: number; readonly common: Common }>();

function commonOf(replica: Replica): Common {
  const at = replica.revision();
  const last = commons.get(replica);
  if (last?.at === at) return last.common;
  const cluster = replica.cluster();
  const trust = cluster === undefined ? {} : { trust: trustMark(trustOf(cluster)) };
  const common: Common = { managers: managersAt(replica), ...trust };
  commons.set(replica, { at, common });
  return common;
}

/** Where managers are reached, the leader first. */
export function managersAt({ nodes, leader }: Manager["replica"]): string[] {
  const first = leader()?.nodeId;
  return [...nodes.values()]
    .filter(({ role }) => role === "manager")
    .toSorted((a, b) => Number(b.id === first) - Number(a.id === first))
    .flatMap(({ listensAt }) => listensAt ?? []);
}

function assignmentOf({ replica }: Manager, task: Task): Assignment {
  const service = replica.services.get(task.serviceId);
  const networks = replica.addressesOf(`task/${task.id}`).flatMap(({ networkId, ip, mac = "" }): TaskNetwork[] => {
    const network = replica.networks.get(networkId);
    return network === undefined ? [] : [{ name: network.name, ip, mac }];
  });
  const { container, labels } = specOfTask(service, task) ?? {};
  return {
    task,
    serviceName: service?.spec.name ?? task.serviceId,
    container,
    networks,
    ...(container !== undefined && labels !== undefined && hasTemplates(container) ? { serviceLabels: labels } : {}),
    ...(service !== undefined && isMeasured(service) ? { measured: true } : {}),
  };
}

function isMeasured({ spec }: Service): boolean {
  const { nanoCpus, memoryBytes } = autoscaleOf(spec) ?? {};
  return nanoCpus !== undefined || memoryBytes !== undefined;
}

/** Takes what a node says of a task. */
export function receive(
  manager: Manager,
  nodeId: string,
  { taskId, status }: { readonly taskId: string; readonly status: TaskStatus },
): void {
  // Of a later version: it tells of the states in between as well.
  if (!Object.hasOwn(TASK_RANK, status.state))
    return logDebug(() => `task ${taskId} is ${status.state}, which this version does not know`);
  manager.inbox.set(taskId, { nodeId, status });
  const task = manager.replica.tasks.get(taskId);
  if (task?.nodeId === nodeId && hasEnded({ status })) manager.endings.add(taskId);
  manager.wake();
}
