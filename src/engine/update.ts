import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerState } from "../state/container.ts";
import { getContainer, putState, replaceDefinition } from "../state/containers.ts";
import { transaction } from "../state/database.ts";
import { putRunWish } from "../state/run-wish.ts";
import type { HealthOptions } from "../state/spec/health.ts";
import type { BlockDeviceRate, BlockDeviceWeight, Resources } from "../state/spec/resources.ts";
import type { RestartPolicy } from "../state/spec/restart.ts";
import { applyLimits } from "./apply-limits.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { defineHealthCheck } from "./health/define.ts";
import { lockFound } from "./locks.ts";
import { hasProcess, isRunning, observe } from "./status.ts";

/** What is to be changed in a container; what is not named stays. */
export type ContainerChange = {
  /** 0 and -1 take a limit away. */
  readonly limits?: Resources;
  readonly restart?: RestartPolicy;
  readonly health?: HealthOptions;
  /** KEY=VALUE, from the next start on. */
  readonly env?: readonly string[];
  /** Names of variables that are gone from the next start on. */
  readonly unsetEnv?: readonly string[];
};

/**
 * Changes the definition of a container, and the limits of a running one at once. Whoever is killed between the two leaves a mark in the
 * state, by which `system check --repair` or the next update finishes the work; limits that the kernel refuses are taken back. Throws
 * `not_found`, `invalid`, and the runtime's words, typed.
 */
export async function updateContainer(
  engine: Engine,
  nameOrId: string,
  change: ContainerChange,
): Promise<{ record: ContainerRecord; warnings: string[] }> {
  using held = await lockFound(engine, nameOrId);
  const { record: old } = held;
  const { id } = old;
  const record = changed(old, change);
  const observed = observe(engine, old);
  const live = hasProcess(observed) ? observed.state : undefined;
  const pending = live !== undefined && (change.limits !== undefined || live.limitsPending === true);
  if (pending) putState(engine.live, id, { ...live, limitsPending: true });
  transaction(engine.store, () => {
    replaceDefinition(engine.store, record);
    if (change.restart !== undefined && record.spec.restart !== undefined && isRunning(observed))
      putRunWish(engine.store, id, "running");
  });
  const warnings = pending ? await applied(engine, { old, record, state: live }) : [];
  if (change.health !== undefined && live !== undefined) await followHealth(engine, record);
  emitContainerEvent(engine, record, "update");
  return { record, warnings };
}

type Application = { readonly old: ContainerRecord; readonly record: ContainerRecord; readonly state: ContainerState };

async function applied(engine: Engine, { old, record, state }: Application): Promise<string[]> {
  const { limitsPending: _, ...settled } = state;
  try {
    const warnings = await applyLimits(engine, record, { state, before: old.spec.resources });
    putState(engine.live, record.id, settled);
    return warnings;
  } catch (error) {
    transaction(engine.store, () => replaceDefinition(engine.store, old));
    await applyLimits(engine, old, { state, before: record.spec.resources });
    putState(engine.live, record.id, settled);
    throw error;
  }
}

/** Finishes an update that was cut off. The caller holds the container's lock. */
export async function finishUpdate(engine: Engine, id: string): Promise<void> {
  const record = getContainer(engine.store, id);
  if (record === undefined) return;
  const observed = observe(engine, record);
  if (!hasProcess(observed) || observed.state?.limitsPending !== true) return;
  const { limitsPending: _, ...settled } = observed.state;
  await applyLimits(engine, record, { state: observed.state, before: undefined });
  putState(engine.live, id, settled);
}

// The state of health belongs to the check: with another one, it begins anew.
async function followHealth(engine: Engine, record: ContainerRecord): Promise<void> {
  const { state } = observe(engine, record);
  if (state === undefined) return;
  const { health: _, ...rest } = state;
  if (record.healthcheck === undefined) return putState(engine.live, record.id, rest);
  putState(engine.live, record.id, { ...rest, health: { status: "starting", failingStreak: 0, log: [] } });
  (await import("./watcher/wake.ts")).wakeWatcher(engine);
}

function changed(old: ContainerRecord, change: ContainerChange): ContainerRecord {
  const { limits, restart, health } = change;
  if (restart !== undefined && restart.name !== "no" && old.spec.autoRemove) throw removesItself(old);
  const withEnv = change.env === undefined && change.unsetEnv === undefined ? old : changedEnvironment(old, change);
  const { restart: before, ...spec } = withEnv.spec;
  const { healthcheck: check, ...record } = withEnv;
  const policy = restart ?? before;
  const next = health === undefined ? check : defineHealthCheck({ ...check, ...health }, undefined);
  return {
    ...record,
    spec: {
      ...spec,
      resources: limits === undefined ? spec.resources : mergeLimits(spec.resources, limits),
      ...(policy === undefined || policy.name === "no" ? {} : { restart: policy }),
    },
    ...(next === undefined ? {} : { healthcheck: next }),
  };
}

function changedEnvironment(old: ContainerRecord, { env = [], unsetEnv = [] }: ContainerChange): ContainerRecord {
  const nameOf = (entry: string): string => entry.split("=", 1)[0] ?? "";
  const replaced = new Set([...unsetEnv, ...env.map(nameOf)]);
  const kept = (list: readonly string[]): string[] => [...list.filter((entry) => !replaced.has(nameOf(entry))), ...env];
  const set = new Set(env.map(nameOf));
  const unset = [...(old.spec.process?.unsetEnv ?? []), ...unsetEnv].filter((name) => !set.has(name));
  return {
    ...old,
    spec: { ...old.spec, env: kept(old.spec.env), process: { ...old.spec.process, unsetEnv: unset } },
    process: { ...old.process, env: kept(old.process.env) },
  };
}

/** Limits over older ones; those of devices one by one. Pure. */
export function mergeLimits(old: Resources, limits: Resources): Resources {
  const merged = { ...old, ...limits };
  for (const field of ["readBps", "writeBps", "readIops", "writeIops", "blockWeightDevices"] as const) {
    const [before, after] = [old[field], limits[field]] as [Entries | undefined, Entries | undefined];
    if (before === undefined || after === undefined) continue;
    const named = new Set(after.map(({ path }) => path));
    Object.assign(merged, { [field]: [...before.filter(({ path }) => !named.has(path)), ...after] });
  }
  return merged;
}

type Entries = readonly (BlockDeviceRate | BlockDeviceWeight)[];

function removesItself({ name }: ContainerRecord): EstibaError {
  return new EstibaError("invalid", {
    reason: "container.restart_and_remove",
    what: `"${name}" removes itself when it ends (--rm), so it cannot be started again`,
    fix: "make it without --rm",
  });
}
