import { autoscaleOf, replicasOf } from "../model/autoscale.ts";
import { scheduleOf } from "../model/schedule.ts";
import { isJob, type Service } from "../model/service.ts";
import { hasEnded, isAssigned, isLive, isWanted, type Task, withStatus } from "../model/task.ts";
import {
  type Decision,
  type Draft,
  decisionOf,
  drop,
  isLost,
  isOver,
  openDraft,
  put,
  putService,
  type Situation,
  slotsOf,
  wake,
  want,
} from "./draft.ts";
import { isDone, reconcileGlobalJob, reconcileReplicatedJob } from "./jobs.ts";
import { begunAs } from "./make-task.ts";
import { reconcileScheduled } from "./scheduled.ts";
import { dismissAll, reconcileGlobal, reconcileReplicated } from "./services.ts";

/**
 * What is to become of a service's tasks, from what is known now: which are made, stopped and forgotten, and how far its update is. Depends
 * on nothing else, so that after a failure, or a change of leader, it is decided on as if nothing had happened.
 */
export function decide(situation: Situation): Decision {
  const draft = openDraft(situation);
  loseTasks(draft);
  const { service } = draft;
  if (service === undefined) dismissAll(draft);
  else reconcile(draft, service);
  if (service !== undefined) promote(draft, service);
  forgetScaling(draft);
  forget(draft);
  return decisionOf(draft);
}

function reconcile(draft: Draft, service: Service): void {
  const { mode } = service.spec;
  switch (mode.kind) {
    case "replicated":
      return reconcileReplicated(draft, service, replicasOf(service));
    case "global":
      return reconcileGlobal(draft, service);
    case "replicated-job": {
      const schedule = scheduleOf(service.spec);
      if (schedule === undefined) return reconcileReplicatedJob(draft, service, mode);
      return reconcileScheduled(draft, service, schedule, mode);
    }
    case "global-job":
      return reconcileGlobalJob(draft, service);
  }
}

// It would begin with that number, if it were asked for again.
function forgetScaling(draft: Draft): void {
  const { service } = draft;
  if (service?.scaling === undefined || autoscaleOf(service.spec) !== undefined) return;
  const { scaling: _, ...others } = service;
  putService(draft, others);
}

// A node that comes back finds that it is to stop them; one that was removed never will.
function loseTasks(draft: Draft): void {
  for (const task of draft.tasks.values()) {
    if (hasEnded(task) || !isAssigned(task) || !mustEnd(draft, task)) continue;
    if (isWanted(task)) want(draft, task, "shutdown");
    if (task.nodeId === undefined || draft.nodes.has(task.nodeId)) continue;
    const lost = draft.tasks.get(task.id) ?? task;
    put(draft, withStatus(lost, { state: "orphaned", at: draft.now, message: "its node was removed" }));
  }
}

// Tasks of services that go on for ever move from a drained node one for one; those of jobs begin anew elsewhere.
function mustEnd({ nodes, service }: Draft, { nodeId }: Task): boolean {
  if (isLost(nodes, nodeId)) return true;
  return service !== undefined && isJob(service.spec) && nodes.get(nodeId ?? "")?.availability === "drain";
}

/** Lets tasks begin that waited for a time or for another one's end. */
function promote(draft: Draft, service: Service): void {
  for (const task of draft.tasks.values()) {
    if (task.desired !== "ready" || hasEnded(task)) continue;
    const { notBefore = 0, after } = task;
    if (notBefore > draft.now) wake(draft, notBefore);
    else if (after === undefined || isOver(draft, after)) want(draft, task, begunAs(service));
  }
}

/** Forgets what no node has or will have, and all but the last few tasks that have ended in a slot. */
function forget(draft: Draft): void {
  for (const task of draft.tasks.values()) {
    const isNowhere = hasEnded(task) || !isAssigned(task);
    if (task.desired === "remove" ? isNowhere : task.desired === "shutdown" && !isAssigned(task)) drop(draft, task);
  }
  for (const { tasks } of slotsOf(draft).values()) {
    const ended = tasks.filter((task) => !isLive(task) && hasEnded(task) && !keeps(draft, task));
    for (const task of ended.slice(draft.history)) drop(draft, task);
  }
}

// How often a job was done is told by its tasks.
function keeps({ service }: Draft, task: Task): boolean {
  return service !== undefined && begunAs(service) === "complete" && isDone(task);
}
