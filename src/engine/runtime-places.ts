import { join } from "node:path";
import type { ContainerRecord } from "../state/container.ts";
import type { Engine } from "./engine.ts";

// Where a container's kernel objects and runtime states are: by itself, because nearly every verb asks, and few start anything.

/** The folder where OCI runtimes keep their states of this run root's containers. */
export function runtimeStateFolder(engine: Engine): string {
  return join(engine.paths.runRoot, "runtime");
}

/** The cgroup of a container, below the parent asked for, else below one per run root; in a pod, below that of the pod. */
export function cgroupPath(engine: Engine, { id, spec }: Pick<ContainerRecord, "id" | "spec">): string {
  const { pod, resources } = spec;
  const parent = resources.cgroupParent ?? cgroupParent(engine);
  return pod?.cgroup === true ? `${podCgroupPath(parent, pod.id)}/${id}` : `${parent}/${id}`;
}

/** The cgroup of a pod below its parent. */
export function podCgroupPath(parent: string, podId: string): string {
  return `${parent}/pod-${podId}`;
}

/** `/estiba` for the default run root; other roots carry their hash, so that they never meet. */
export function cgroupParent(engine: Engine): string {
  return engine.rootId === "" ? "/estiba" : `/estiba-${engine.rootId}`;
}
