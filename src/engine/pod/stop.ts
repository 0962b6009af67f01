import { findPod, podMembers } from "../../state/pods.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
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
  const failures = await forEachMember(
    podMembers(engine.store, pod.id),
    async ({ id }) => stopped.push(await stopContainer(engine, id, options)),
    { reverse: true },
  );
  emitEvent(engine, { type: "pod", action: "stop", id: pod.id, name: pod.name, labels: pod.labels });
  return { pod, failures, warnings: [], stopped };
}
