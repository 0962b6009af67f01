import type { ContainerRecord } from "../../state/container.ts";
import { getState } from "../../state/containers.ts";
import { findPod, podMembers } from "../../state/pods.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { dependenciesOf } from "../namespaces.ts";
import { isUp, observe } from "../status.ts";
import { type StopOptions, type Stopped, stopContainer } from "../stop.ts";
import { forEachMember, type PodOutcome } from "./each.ts";

/** What a stop did to a pod, member by member. */
export type PodStopped = PodOutcome & { readonly stopped: readonly Stopped[] };

/**
 * Stops the members of a pod, those first on which nothing depends, and the infra container last. No lock is held while processes take
 * their time. Throws `not_found` for the pod.
 */
export async function stopPod(engine: Engine, nameOrId: string, options: StopOptions = {}): Promise<PodStopped> {
  const pod = findPod(engine.store, nameOrId);
  const stopped: Stopped[] = [];
  const stop = async ({ id }: ContainerRecord): Promise<number> =>
    stopped.push(await stopContainer(engine, id, options));
  const failures = await forEachMember(podMembers(engine.store, pod.id), stop, { reverse: true });
  failures.push(...(await forEachMember(leftBehind(engine, pod.id), stop)));
  emitEvent(engine, { type: "pod", action: "stop", id: pod.id, name: pod.name, labels: pod.labels });
  return { pod, failures, warnings: [], stopped };
}

// A member that another command was starting when its turn came: it is in namespaces of an infra container that has ended since, whose
// addresses others may get.
function leftBehind(engine: Engine, podId: string): ContainerRecord[] {
  const members = podMembers(engine.store, podId);
  const infra = members.find(({ spec }) => spec.pod?.infra === true);
  if (infra === undefined || isUp(observe(engine, infra))) return [];
  const isBegun = (member: ContainerRecord): boolean =>
    isUp(observe(engine, member)) || getState(engine.live, member.id)?.status === "starting";
  return members.filter((member) => dependenciesOf(member).includes(infra.id) && isBegun(member));
}
