import { isMountPoint, MS, mountFileSystem } from "../host/mount.ts";
import type { ContainerRecord } from "../state/container.ts";
import { onlyWaits } from "./pod/infra-image.ts";
import { shownPath, shownPlace } from "./root-mount.ts";

const DEFAULT_SHM_BYTES = 65_536 * 1024;

/** The size of a container's /dev/shm; 0: no limit. */
export function shmBytes({ spec }: ContainerRecord): number {
  return spec.resources.shmBytes ?? DEFAULT_SHM_BYTES;
}

/**
 * Whether what a container has at /dev/shm lies on the host as long as it runs, where the members of its pod bind it: to find it in the
 * container takes longer. Not with ids of its own, whose root could not enter the place.
 */
export function showsMemory(record: ContainerRecord): boolean {
  const { ipc = "shareable" } = record.spec.namespaces ?? {};
  return onlyWaits(record) && record.idMaps === undefined && ipc === "shareable";
}

/** Makes the memory of {@link showsMemory}. It goes with what else is shown of the container: when its root is unmounted. */
export function showMemory(record: ContainerRecord): void {
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  const data = `mode=1777,size=${shmBytes(record)}`;
  mountFileSystem({ type: "tmpfs", source: "shm", target: shownPlace(record, "shm"), flags, data });
}

/** Whether a container finds the memory of the one whose IPC namespace it joins on the host. */
export function findsMemory({ idMaps }: ContainerRecord, donor: string): boolean {
  return idMaps === undefined && isMountPoint(shownPath(donor, "shm"));
}
