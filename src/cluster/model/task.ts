export type TaskState =
  | "new"
  | "pending"
  | "assigned"
  | "accepted"
  | "preparing"
  | "ready"
  | "starting"
  | "running"
  | "complete"
  | "shutdown"
  | "failed"
  | "rejected"
  | "remove"
  | "orphaned";

/** Swarm's states and numbers. A task only moves to a greater one: whoever reports later what was earlier changes nothing. */
export const TASK_RANK: Readonly<Record<TaskState, number>> = {
  new: 0,
  pending: 64,
  assigned: 192,
  accepted: 256,
  preparing: 320,
  ready: 384,
  starting: 448,
  running: 512,
  complete: 576,
  shutdown: 640,
  failed: 704,
  rejected: 768,
  remove: 800,
  orphaned: 832,
};

/** What the manager wants of a task: prepared but not begun, running, run to its end, stopped, or gone with its container. */
export type DesiredState = "ready" | "running" | "complete" | "shutdown" | "remove";

export type TaskStatus = {
  readonly state: TaskState;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What goes on, in Swarm's words. */
  readonly message: string;
  /** Why it does not. */
  readonly error?: string;
  readonly containerId?: string;
  readonly exitCode?: number;
};

/** How often a slot was started again without anybody's doing; goes from a task to the one that takes its place. */
export type Restarts = {
  /** Since one of its tasks last ran for a while. */
  readonly inARow: number;
  /** When, as far as the policy's window reaches. */
  readonly times: readonly number[];
};

/** What a task takes of its node. */
export type Reservation = { readonly nanoCpus: number; readonly memoryBytes: number };

/**
 * One run of a service's container on one node, never moved and never run twice: what takes its place is a new task in the same slot. The
 * manager writes all but the status from `accepted` on, which is the node's.
 */
export type Task = {
  readonly id: string;
  readonly serviceId: string;
  /** 1 and up; 0 for a task of a global service, whose slot is its node. */
  readonly slot: number;
  /** Of a job with a schedule: when the run was due that it is of. */
  readonly run?: number;
  readonly nodeId?: string;
  /** The hash of that part of the service's spec that it was made from. */
  readonly specHash: string;
  readonly createdAt: number;
  readonly desired: DesiredState;
  readonly status: TaskStatus;
  /** When it first ran, and was healthy where it is checked. */
  readonly runningAt?: number;
  /** Not to begin before: the back-off of a restart. */
  readonly notBefore?: number;
  /** Not to begin before that task has ended. */
  readonly after?: string;
  readonly restarts?: Restarts;
  /** It has ended, and its restart policy leaves it at that. */
  readonly settled?: boolean;
  readonly reserve: Reservation;
  /** PROTO/PORT of its node that only one task can have. */
  readonly hostPorts: readonly string[];
};

/** Whether it is over, however it ended. */
export function hasEnded({ status }: Pick<Task, "status">): boolean {
  return TASK_RANK[status.state] > TASK_RANK.running;
}

/** Whether a node has been told of it. */
export function isAssigned({ status }: Pick<Task, "status">): boolean {
  return TASK_RANK[status.state] >= TASK_RANK.assigned;
}

/** Whether it is to run, now or soon, and has not ended. */
export function isLive(task: Pick<Task, "status" | "desired">): boolean {
  return isWanted(task) && !hasEnded(task);
}

/** Whether the manager still wants it to run. */
export function isWanted({ desired }: Pick<Task, "desired">): boolean {
  return desired === "ready" || desired === "running" || desired === "complete";
}

/** The task with a status that was reported, or as it was where that is no step ahead, or it is over. */
export function withStatus(task: Task, status: TaskStatus): Task {
  if (hasEnded(task) || TASK_RANK[status.state] <= TASK_RANK[task.status.state]) return task;
  const ran = status.state === "running" && task.runningAt === undefined ? { runningAt: status.at } : {};
  const { containerId = task.status.containerId } = status;
  return { ...task, ...ran, status: containerId === undefined ? status : { ...status, containerId } };
}
