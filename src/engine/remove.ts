import { sendSignal } from "../host/process.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { containersNaming, findContainer, getContainer, putState } from "../state/containers.ts";
import { allows } from "./allowed-states.ts";
import { removedMeanwhile } from "./changed-meanwhile.ts";
import { discardContainer } from "./discard.ts";
import type { Engine } from "./engine.ts";
import { afterMember, finishContainer, removeRunFiles, sweepHalfStarted } from "./finish.ts";
import { lockContainer } from "./locks.ts";
import { dependenciesOf } from "./namespaces.ts";
import { thaw } from "./pause.ts";
import { unmountRoot } from "./root-mount.ts";
import { hasProcess, observe } from "./status.ts";
import { killUntilDead, stopContainer, waitUntilDead } from "./stop.ts";

type RemoveOptions = {
  /** Stop it first if it runs. */
  readonly force: boolean;
  /** Remove its anonymous volumes too. */
  readonly volumes: boolean;
  /** What to do with containers that join its namespaces: refuse for their sake, or remove them first. */
  readonly dependents?: "refuse" | "remove";
  /** Seconds for a forced stop: undefined kills at once. */
  readonly timeoutSeconds?: number | undefined;
  /** Its pod goes too: only then may an infra container be removed. */
  readonly withPod?: boolean;
};

const SIGKILL = 9;

/**
 * Removes a container with its snapshot and log. Throws `not_found`, and `wrong_state` for a running one without `force`. Safe against a
 * second `rm`, a `start` and the exit hook at the same moment.
 */
export async function removeContainer(
  engine: Engine,
  nameOrId: string,
  options: RemoveOptions,
): Promise<ContainerRecord> {
  const found = findContainer(engine.store, nameOrId);
  const { id } = found;
  if (found.spec.pod?.infra === true && options.withPod !== true) throw isInfra(found);
  await settleDependents(engine, id, options);
  if (options.force && options.timeoutSeconds !== undefined)
    await stopContainer(engine, id, { timeoutSeconds: options.timeoutSeconds });
  const record = await removeUnderLock(engine, { id, nameOrId }, options);
  await afterMember(engine, record);
  return record;
}

type Named = { readonly id: string; readonly nameOrId: string };

async function removeUnderLock(
  engine: Engine,
  { id, nameOrId }: Named,
  options: RemoveOptions,
): Promise<ContainerRecord> {
  using lock = await lockContainer(engine, id);
  const record = getContainer(engine.store, id);
  // Its own `--rm`, or another `rm`, was quicker: what was asked for is done.
  if (record === undefined) {
    lock.discard();
    throw removedMeanwhile(nameOrId);
  }
  const observed = observe(engine, record);
  // A command that has not begun loses nothing.
  if (!options.force && !allows("rm", observed.status)) throw stillRunning(record, observed.status);
  if (hasProcess(observed) && observed.state !== undefined) {
    putState(engine.live, id, { ...observed.state, ending: "user" });
    // First: the last holder of an overlay waits until its file system is written out. That is now the dying process, not this one.
    unmountRoot(engine, id);
    if (observed.state.init !== undefined) sendSignal(observed.state.init.pid, SIGKILL);
    // The freezer of cgroup v1 keeps even SIGKILL from a process.
    if (observed.status === "paused") await thaw(engine, record, observed.state);
    if (!(await waitUntilDead(observed.state, 1_000))) await killUntilDead(record, observed.state);
  }
  await finishContainer(engine, record, { takesOver: true });
  await sweepHalfStarted(engine, record);
  if (getContainer(engine.store, id) !== undefined)
    await discardContainer(engine, record, { keepVolumes: !options.volumes });
  // A command that was killed at the end of a run may have left them.
  await removeRunFiles(engine, id);
  lock.discard();
  return record;
}

function isInfra({ id, spec }: ContainerRecord): EstibaError {
  return new EstibaError("in_use", {
    reason: "pod.infra_in_use",
    what: `container ${id} is the infra container of pod ${spec.pod?.id} and cannot be removed without removing the pod`,
    fix: `remove the pod: estiba pod rm ${spec.pod?.id.slice(0, 12)}`,
  });
}

async function settleDependents(engine: Engine, id: string, options: RemoveOptions): Promise<void> {
  const dependents = dependentsOf(engine, id);
  if (dependents.length === 0) return;
  if (options.dependents !== "remove") throw hasDependents(id, dependents);
  for (const dependent of dependents) {
    try {
      await removeContainer(engine, dependent.id, options);
    } catch (error) {
      // Who removes all of them at once may have been quicker.
      if (!isEstibaError(error, "not_found")) throw error;
    }
  }
}

/** The containers that join a namespace of this one, or require it. */
export function dependentsOf(engine: Engine, id: string): ContainerRecord[] {
  return containersNaming(engine.store, id).filter((record) => dependenciesOf(record).includes(id));
}

/** The refusal to remove a container that others need. */
export function hasDependents(id: string, dependents: readonly ContainerRecord[]): EstibaError {
  const ids = dependents.map((dependent) => dependent.id).join(", ");
  return new EstibaError("in_use", {
    reason: "container.has_dependents",
    what: `container ${id} has dependent containers which must be removed before it: ${ids}: container already exists`,
    fix: `remove them too: estiba rm --force ${dependents.map(({ name }) => name).join(" ")}`,
  });
}

function stillRunning(record: ContainerRecord, status: string): EstibaError {
  return new EstibaError("wrong_state", {
    reason: status === "paused" ? "container.paused" : "container.running",
    what: `cannot remove container ${record.id} as it is ${status} - running or paused containers cannot be removed without force: container state improper`,
    fix: `stop it first (estiba stop ${record.name}), or use: estiba rm --force ${record.name}`,
    details: { id: record.id },
  });
}
