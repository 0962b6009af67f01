import { parseSignal } from "../../host/signal.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { findPod, podMembers } from "../../state/pods.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { pauseContainer, unpauseContainer } from "../pause.ts";
import { isRunning, observe } from "../status.ts";
import { killContainer } from "../stop.ts";
import { forEachMember, type PodOutcome } from "./each.ts";

/** Sends a signal to the first process of every member that runs. Throws `not_found`, `invalid` for a signal that is none. */
export async function killPod(engine: Engine, nameOrId: string, signal: string): Promise<PodOutcome> {
  // Before any member is asked: what is wrong with it is told once.
  parseSignal(signal);
  // The infra container last: with a shared pid namespace, all end with it.
  return await onMembers(engine, nameOrId, "kill", {
    applies: (member) => isRunning(observe(engine, member)),
    work: ({ id }) => killContainer(engine, id, signal),
  });
}

/** Freezes every member that runs; those that do not stay as they are. Throws `not_found`. */
export async function pausePod(engine: Engine, nameOrId: string): Promise<PodOutcome> {
  return await onMembers(engine, nameOrId, "pause", {
    applies: (member) => observe(engine, member).status === "running",
    work: ({ id }) => pauseContainer(engine, id),
  });
}

/** Lets every member that is paused go on. Throws `not_found`. */
export async function unpausePod(engine: Engine, nameOrId: string): Promise<PodOutcome> {
  return await onMembers(engine, nameOrId, "unpause", {
    applies: (member) => observe(engine, member).status === "paused",
    work: ({ id }) => unpauseContainer(engine, id),
  });
}

type Deed = {
  readonly applies: (member: ContainerRecord) => boolean;
  readonly work: (member: ContainerRecord) => Promise<unknown>;
};

async function onMembers(engine: Engine, nameOrId: string, action: string, deed: Deed): Promise<PodOutcome> {
  const pod = findPod(engine.store, nameOrId);
  const members = podMembers(engine.store, pod.id).filter((member) => deed.applies(member));
  const failures = await forEachMember(members, deed.work, { reverse: true });
  emitEvent(engine, { type: "pod", action, id: pod.id, name: pod.name, labels: pod.labels });
  return { pod, failures, warnings: [] };
}
