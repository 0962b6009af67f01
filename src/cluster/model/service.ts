import type { ContainerSpec } from "../../state/container.ts";
import type { Scaling } from "./autoscale.ts";
import type { FileUse } from "./file.ts";
import type { ScheduleStatus } from "./schedule.ts";
import type { Reservation } from "./task.ts";

/** How many tasks a service has, and whether they are to end. */
export type ServiceMode =
  | { readonly kind: "replicated"; readonly replicas: number }
  | { readonly kind: "global" }
  | { readonly kind: "replicated-job"; readonly total: number; readonly concurrent: number }
  | { readonly kind: "global-job" };

export type RestartRule = {
  readonly condition: "any" | "on-failure" | "none";
  /** Before the first restart; doubled with each that follows soon. */
  readonly delayMs: number;
  /** 0 for no limit. */
  readonly maxAttempts: number;
  /** The span of time that the attempts are counted in; 0 for ever. */
  readonly windowMs: number;
};

export type UpdateRule = {
  /** Slots at once; 0 for all. */
  readonly parallelism: number;
  /** Between a slot and the next one. */
  readonly delayMs: number;
  readonly order: "stop-first" | "start-first";
  /** So long after it began to run the failure of a task counts against the update. */
  readonly monitorMs: number;
  readonly failureAction: "pause" | "continue" | "rollback";
  readonly maxFailureRatio: number;
  /** The longest time without a task that begins to run; 0 for no limit. */
  readonly progressMs: number;
};

export type Placement = {
  readonly constraints: readonly string[];
  /** Labels such as `node.labels.zone`, whose values get equally many tasks; the first counts most. */
  readonly spread: readonly string[];
  /** 0 for no limit. */
  readonly maxPerNode: number;
  /** Fill nodes one after another, or use all of them evenly. */
  readonly strategy: "spread" | "binpack";
};

/** What a user wants of a service. */
export type ServiceSpec = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: ServiceMode;
  readonly container: ContainerSpec;
  readonly placement: Placement;
  readonly reserve: Reservation;
  readonly restart: RestartRule;
  readonly update: UpdateRule;
  readonly rollback: UpdateRule;
  /** Counted up to have all tasks replaced without another change. */
  readonly force: number;
  /** What its name leads to: a virtual address on each network (`vip`, also when undefined), or the addresses of its tasks. */
  readonly endpoint?: "vip" | "dnsrr";
  /** Secrets and configs that its tasks have. */
  readonly files?: readonly FileUse[];
};

export type UpdateState =
  | "updating"
  | "paused"
  | "completed"
  | "rollback_started"
  | "rollback_paused"
  | "rollback_completed";

/** How far an update is. */
export type UpdateStatus = {
  readonly state: UpdateState;
  readonly startedAt: number;
  readonly completedAt?: number;
  readonly message: string;
};

/** A service as the store has it. */
export type Service = {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly spec: ServiceSpec;
  /** Of the part of the spec that tasks are made from. */
  readonly specHash: string;
  readonly previous?: { readonly spec: ServiceSpec; readonly specHash: string };
  readonly update?: UpdateStatus;
  /** Of a job with a schedule. */
  readonly schedule?: ScheduleStatus;
  /** Of one whose tasks are counted by what they use. */
  readonly scaling?: Scaling;
};

/** Whether its tasks are to end by themselves. */
export function isJob({ mode }: Pick<ServiceSpec, "mode">): boolean {
  return mode.kind === "replicated-job" || mode.kind === "global-job";
}

/** A hash of what a task is made from: tasks of another one are replaced by an update. */
function hashOfTasks({ container, reserve, restart, force, files }: ServiceSpec): string {
  const parts = [container, reserve, restart, force, ...(files === undefined || files.length === 0 ? [] : [files])];
  const text = JSON.stringify(parts, sortKeys);
  return new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 24);
}

// Whoever made the object may have put its keys in any order.
function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A new service. */
export function newService(id: string, spec: ServiceSpec, now: number): Service {
  return { id, createdAt: now, updatedAt: now, spec, specHash: hashOfTasks(spec) };
}

/** The service with another spec; an update begins where tasks have to be replaced for it. */
export function withSpec(service: Service, spec: ServiceSpec, now: number): Service {
  const hash = hashOfTasks(spec);
  // The one it has may be of another version, which counts other parts: tasks are not replaced for that.
  const specHash = hash === hashOfTasks(service.spec) ? service.specHash : hash;
  const { update: _, ...kept } = service;
  const changed: Service = {
    ...kept,
    spec,
    specHash,
    updatedAt: now,
    previous: { spec: service.spec, specHash: service.specHash },
  };
  // Nothing of a job is replaced: it begins anew, or what is still to come of it is of the new spec.
  if (specHash === service.specHash || isJob(spec))
    return service.update === undefined ? changed : { ...changed, update: service.update };
  return { ...changed, update: { state: "updating", startedAt: now, message: "update in progress" } };
}

/** What an update says that somebody has asked to be taken back. */
export const MANUAL_ROLLBACK = "manually requested rollback";

/** The service with the spec it had before; undefined where it had none. */
export function rolledBack(service: Service, now: number, message: string = MANUAL_ROLLBACK): Service | undefined {
  const { previous } = service;
  if (previous === undefined) return undefined;
  return {
    ...service,
    ...previous,
    updatedAt: now,
    previous: { spec: service.spec, specHash: service.specHash },
    ...(isJob(previous.spec) ? {} : { update: { state: "rollback_started", startedAt: now, message } }),
  };
}
