import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { findContainer, listContainers } from "../state/containers.ts";
import { getPod, listPods } from "../state/pods.ts";
import type { Resources } from "../state/spec/resources.ts";
import { allows } from "./allowed-states.ts";
import { createContainer } from "./create.ts";
import type { Engine } from "./engine.ts";
import { lookUpImage } from "./find-image.ts";
import { leavePod } from "./pod/inherit.ts";
import { removeContainer } from "./remove.ts";
import { observe } from "./status.ts";

type CloneRequest = {
  /** `NAME-clone`, or with the next number, when undefined. */
  readonly name: string | undefined;
  /** Another image, which is local already. */
  readonly image: string | undefined;
  /** Limits that take the place of the original's. */
  readonly limits: Resources;
  /** Remove the original; `force` also when it runs. */
  readonly destroy: boolean;
  readonly force: boolean;
  /** The pod that the clone is to be in, instead of the original's. */
  readonly pod?: string | undefined;
  /** Containers that the clone requires, instead of the original's. */
  readonly requires?: readonly string[] | undefined;
};

/**
 * Creates a container like another one: of the same spec and the same image, with volumes of its own where the original's have no name.
 * State reached: created. Throws `wrong_state`, before anything is made, when the original is to go and runs, and what create and remove
 * throw.
 */
export async function cloneContainer(
  engine: Engine,
  nameOrId: string,
  request: CloneRequest,
): Promise<ContainerRecord> {
  const original = findContainer(engine.store, nameOrId);
  if (request.destroy && !request.force && !allows("rm", observe(engine, original).status)) throw stillRuns(original);
  const clone = await createContainer(engine, cloneSpec(engine, original, request));
  if (request.destroy) await removeContainer(engine, original.id, { force: request.force, volumes: false });
  return clone;
}

function cloneSpec(engine: Engine, original: ContainerRecord, request: CloneRequest): ContainerSpec {
  const { name, image, limits, requires } = request;
  const spec = specAlone(engine, original, request.pod);
  return {
    ...spec,
    ...(requires === undefined ? {} : { requires }),
    name: name ?? cloneName(engine, original.name),
    image: image ?? imageOf(engine, original),
    resources: { ...spec.resources, ...limits },
  };
}

// What it has from its pod it gets again, from the same or another one; an infra container's clone is a container like others.
function specAlone(engine: Engine, { spec }: ContainerRecord, podName: string | undefined): ContainerSpec {
  const pod = spec.pod === undefined ? undefined : getPod(engine.store, spec.pod.id);
  const { pod: _membership, ...alone } = pod === undefined || spec.pod?.infra === true ? spec : leavePod(spec, pod);
  const id = podName ?? (spec.pod?.infra === true ? undefined : pod?.id);
  const init = spec.pod?.init;
  return id === undefined ? alone : { ...alone, pod: { id, ...(init === undefined ? {} : { init }) } };
}

// The name may mean another image by now.
function imageOf(engine: Engine, { imageId, imageName }: ContainerRecord): string {
  return lookUpImage(engine, imageName)?.image.id === imageId ? imageName : imageId;
}

/** `NAME-clone`, or with the next number, as neither a container nor a pod is called. */
export function cloneName(engine: Engine, name: string): string {
  const taken = new Set([...listContainers(engine.store), ...listPods(engine.store)].map((record) => record.name));
  const base = `${name.replace(/-clone\d*$/, "")}-clone`;
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? base : `${base}${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function stillRuns({ id }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.running",
    what: `cannot remove container ${id} as it is running - running or paused containers cannot be removed without force: container state improper`,
    fix: "add --force, or leave --destroy out",
  });
}
