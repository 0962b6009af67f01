import { isMountPoint } from "../host/mount.ts";
import type { ShmPlan } from "../runtime/spec-mounts.ts";
import type { ContainerRecord, ContainerSpec } from "../state/container.ts";
import { getContainer } from "../state/containers.ts";
import { joinedContainer } from "../state/spec/namespaces.ts";
import { mountShm, snapshotPaths } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";
import { onlyWaits } from "./pod/infra-image.ts";
import { shownPath } from "./root-mount.ts";

const DEFAULT_SHM_BYTES = 65_536 * 1024;

/** What a container has at /dev/shm. */
export function planShm(engine: Engine, record: ContainerRecord): ShmPlan {
  const { id, spec } = record;
  const mode = spec.namespaces?.ipc;
  if (mode === "none") return "none";
  if (mode === "host") return { source: "/dev/shm" };
  const donor = joinedContainer(mode);
  if (donor !== undefined) return { source: foundShm(engine, record, donor) ?? shownPath(id, "shm") };
  return ownsShm(record) ? { source: shmOf(engine, id) } : { bytes: shmBytes(record.spec) };
}

/** A line for the user where a size is asked for of a /dev/shm that is another container's, and has another size. */
export function shmWarnings(engine: Engine, { spec }: ContainerRecord): string[] {
  const donor = joinedContainer(spec.namespaces?.ipc);
  if (donor === undefined || spec.resources.shmBytes === undefined) return [];
  const other = getContainer(engine.store, donor);
  if (other === undefined || shmBytes(spec) === shmBytes(other.spec)) return [];
  const whose = other.spec.pod?.infra === true ? "the pod's" : `that of container "${other.name}"`;
  return [`--shm-size has no effect: /dev/shm is ${whose}`];
}

/**
 * Mounts what a container has at /dev/shm on the host as long as it runs, where the members of its pod bind it: to find it in the container
 * takes each of them longer. Nothing for other containers. It goes when the root is unmounted.
 */
export function provideShm(engine: Engine, record: ContainerRecord): void {
  if (ownsShm(record)) mountShm(engine.paths.root, record.id, `mode=1777,size=${shmBytes(record.spec)}`);
}

/** Where on the host a container finds the memory of the one whose IPC namespace it joins; undefined: nowhere, as it has ids of its own. */
export function foundShm(engine: Engine, { idMaps }: ContainerRecord, donor: string): string | undefined {
  const path = shmOf(engine, donor);
  return idMaps === undefined && isMountPoint(path) ? path : undefined;
}

// Not with ids of its own: its root could not enter the place.
function ownsShm(record: ContainerRecord): boolean {
  const { ipc = "shareable" } = record.spec.namespaces ?? {};
  return onlyWaits(record) && record.idMaps === undefined && ipc === "shareable";
}

function shmOf({ paths }: Engine, id: string): string {
  return snapshotPaths(paths.root, id).shm;
}

// 0: no limit.
function shmBytes({ resources }: ContainerSpec): number {
  return resources.shmBytes ?? DEFAULT_SHM_BYTES;
}
