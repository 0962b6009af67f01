import { EstibaError } from "../../lib/error.ts";
import type { ContainerSpec } from "../../state/container.ts";
import { getContainer } from "../../state/containers.ts";
import type { PodRecord } from "../../state/pod.ts";
import { findPod, getPod, podMembers } from "../../state/pods.ts";
import type { Engine } from "../engine.ts";
import { isUp, observe } from "../status.ts";
import { inheritFromPod } from "./inherit.ts";

/**
 * The spec of a container that is to be in a pod, with what it has from there. Throws `not_found` for the pod, `wrong_state` for an init
 * container of a pod that runs, `invalid` for what only the pod can have.
 */
export function joinPod(engine: Engine, asked: ContainerSpec): ContainerSpec {
  if (asked.pod === undefined || asked.pod.infra === true) return asked;
  const pod = findPod(engine.store, asked.pod.id);
  const infra = pod.infraId === undefined ? undefined : getContainer(engine.store, pod.infraId);
  if (pod.infraId !== undefined && infra === undefined) throw halfRemoved(pod);
  if (asked.pod.init !== undefined && podMembers(engine.store, pod.id).some((record) => isUp(observe(engine, record))))
    throw alreadyRuns(pod);
  return inheritFromPod(asked, { pod, infra });
}

/** Joins the caller's transaction: a pod may have been removed since it was looked up. */
export function requirePod(engine: Engine, { pod }: ContainerSpec): void {
  if (pod === undefined || pod.infra === true || getPod(engine.store, pod.id) !== undefined) return;
  throw new EstibaError("not_found", {
    reason: "pod.removed_meanwhile",
    what: `the pod ${pod.id.slice(0, 12)} was removed meanwhile`,
    fix: "create it again: estiba pod create",
    retryable: true,
  });
}

function halfRemoved({ name, id }: PodRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "pod.half_removed",
    what: `pod ${id} has lost its infra container: its removal was cut off`,
    fix: `remove it: estiba pod rm --force ${name}`,
  });
}

function alreadyRuns({ name }: PodRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "pod.runs",
    what: `cannot add init-ctr to a running pod: "${name}" runs`,
    fix: `stop it first: estiba pod stop ${name}`,
  });
}
