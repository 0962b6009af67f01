import { EstibaError } from "../../lib/error.ts";
import type { ContainerRecord, ContainerSpec } from "../../state/container.ts";
import type { PodRecord } from "../../state/pod.ts";
import { findPod, podMembers } from "../../state/pods.ts";
import { cloneContainer, cloneName } from "../clone.ts";
import type { Engine } from "../engine.ts";
import { hostNameOf } from "../host-name.ts";
import { createPod, type PodSpec } from "./create.ts";
import { wavesOf } from "./each.ts";
import { busyMembers, removePod } from "./remove.ts";

type CloneRequest = {
  /** `NAME-clone`, or with the next number, when undefined. */
  readonly name: string | undefined;
  /** Fields that take the place of the original's. */
  readonly change: (spec: PodSpec) => PodSpec;
  /** Remove the original, which does not run. */
  readonly destroy: boolean;
};

/**
 * Creates a pod like another one, with a clone of each of its containers. Nothing of it runs. Throws `wrong_state`, before anything is made,
 * when the original is to go and runs, and what the creation of pods and containers throws; then nothing of the clone stays.
 */
export async function clonePod(engine: Engine, nameOrId: string, request: CloneRequest): Promise<PodRecord> {
  const original = findPod(engine.store, nameOrId);
  const members = podMembers(engine.store, original.id);
  if (request.destroy && busyMembers(engine, members).length > 0) throw stillRuns(original);
  const clone = await createPod(engine, request.change(specOf(engine, original, members, request.name)));
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => void (await removePod(engine, clone.id, { force: true })));
  await cloneMembers(engine, members, { original, clone });
  undo.move();
  if (request.destroy) await removePod(engine, original.id, { force: false });
  return clone;
}

function specOf(
  engine: Engine,
  { infraId, createCommand: _made, ...pod }: PodRecord,
  members: readonly ContainerRecord[],
  name: string | undefined,
): PodSpec {
  const infra = members.find(({ id }) => id === infraId)?.spec;
  return { ...pod, name: name ?? cloneName(engine, pod.name), infra: infra && infraSpec(engine, infra, pod) };
}

// The name and the host name follow from the new pod's, unless they were chosen; its policy is the pod's, and a file for a pid has one writer.
function infraSpec(
  engine: Engine,
  { name, hostname, pod: _own, restart: _pods, process, ...spec }: ContainerSpec,
  pod: Pick<PodRecord, "id" | "name">,
): ContainerSpec {
  const { monitorPidFile: _file, ...kept } = process ?? {};
  return {
    ...spec,
    ...(Object.keys(kept).length === 0 ? {} : { process: kept }),
    ...(name === undefined || name === `${pod.id.slice(0, 12)}-infra` ? {} : { name: cloneName(engine, name) }),
    ...(hostname === undefined || hostname === hostNameOf(pod.name) ? {} : { hostname }),
  };
}

type Pods = { readonly original: PodRecord; readonly clone: PodRecord };

async function cloneMembers(
  engine: Engine,
  members: readonly ContainerRecord[],
  { original, clone }: Pods,
): Promise<void> {
  const clones = new Map<string, string>();
  for (const member of wavesOf(members, false).flat()) {
    if (member.id === original.infraId) continue;
    const made = await cloneContainer(engine, member.id, {
      name: undefined,
      image: undefined,
      limits: {},
      destroy: false,
      force: false,
      pod: clone.id,
      requires: member.spec.requires?.map((id) => clones.get(id) ?? id),
    });
    clones.set(member.id, made.id);
  }
}

function stillRuns({ id, name }: PodRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "pod.in_use",
    what: `pod ${id} runs and cannot be removed: container state improper`,
    fix: `stop it first (estiba pod stop ${name}), or leave --destroy out`,
  });
}
