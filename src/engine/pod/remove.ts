import { join } from "node:path";
import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { transaction } from "../../state/database.ts";
import { acquireLock } from "../../state/lock.ts";
import type { PodRecord } from "../../state/pod.ts";
import { deletePod, findPod, podMembers } from "../../state/pods.ts";
import { removeCgroups } from "../check/cgroups.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { dependentsOf, hasDependents, removeContainer } from "../remove.ts";
import { cgroupParent, podCgroupPath } from "../runtime-places.ts";
import { isUp, observe } from "../status.ts";
import { forEachMember } from "./each.ts";

type RemoveOptions = {
  /** Also when members run, which are stopped first, and with containers of no pod that join those. */
  readonly force: boolean;
  /** Seconds for a forced stop: undefined kills at once. */
  readonly timeoutSeconds?: number | undefined;
  /** The anonymous volumes of its members too. */
  readonly volumes?: boolean;
};

/**
 * Removes a pod with its containers; the infra container last, then its cgroup, then the record. Cut off, it leaves a pod of fewer
 * containers, which can be removed again. Throws `not_found`, `in_use` when members other than the infra container run, or others need them,
 * and `force` is not set, and what the removal of a member throws.
 */
export async function removePod(engine: Engine, nameOrId: string, options: RemoveOptions): Promise<PodRecord> {
  const pod = findPod(engine.store, nameOrId);
  const { force, timeoutSeconds, volumes = true } = options;
  // For the check, which takes a pod without its infra container for one whose removal was cut off.
  using lock = await acquireLock(podLockPath(engine, pod.id));
  // One that is added meanwhile is removed too, or keeps the pod.
  for (let members = podMembers(engine.store, pod.id); members.length > 0; members = podMembers(engine.store, pod.id)) {
    const running = busyMembers(engine, members);
    if (running.length > 0 && !force) throw stillRuns(pod, running);
    if (!force) refuseForOthers(engine, members);
    const dependents: "refuse" | "remove" = force ? "remove" : "refuse";
    const removal = { force: true, volumes, timeoutSeconds, withPod: true, dependents };
    const [failure] = await forEachMember(members, ({ id }) => removeContainer(engine, id, removal), { reverse: true });
    if (failure !== undefined) throw failure.error;
  }
  await removeCgroups(podCgroupPath(pod.resources.cgroupParent ?? cgroupParent(engine), pod.id));
  transaction(engine.store, () => {
    const [added] = podMembers(engine.store, pod.id);
    if (added !== undefined) throw stillRuns(pod, [added]);
    deletePod(engine.store, pod.id);
  });
  lock.discard();
  emitEvent(engine, { type: "pod", action: "remove", id: pod.id, name: pod.name, labels: pod.labels });
  return pod;
}

/** The members that keep a pod: those that run. An infra container only waits for others. */
export function busyMembers(engine: Engine, members: readonly ContainerRecord[]): ContainerRecord[] {
  return members.filter((member) => member.spec.pod?.infra !== true && isUp(observe(engine, member)));
}

/** The lock of a pod, which is held while it is removed. */
export function podLockPath(engine: Engine, id: string): string {
  return join(engine.paths.locks, `pod-${id}`);
}

// Before the first is removed: what is refused leaves the pod whole.
function refuseForOthers(engine: Engine, members: readonly ContainerRecord[]): void {
  const own = new Set(members.map(({ id }) => id));
  for (const { id } of members) {
    const others = dependentsOf(engine, id).filter((dependent) => !own.has(dependent.id));
    if (others.length > 0) throw hasDependents(id, others);
  }
}

function stillRuns(pod: PodRecord, members: readonly ContainerRecord[]): EstibaError {
  return new EstibaError("in_use", {
    reason: "pod.in_use",
    what: `pod ${pod.id} has containers that are not ended: ${members.map(({ name }) => name).join(", ")}: container state improper`,
    fix: `stop it first (estiba pod stop ${pod.name}), or use: estiba pod rm --force ${pod.name}`,
  });
}
