import { closeSync } from "node:fs";
import { cloneTreeOf } from "../host/foreign-mount.ts";
import { attachTree } from "../host/mount.ts";
import type { ContainerRecord, ProcessId } from "../state/container.ts";
import { hideShown, shownPlace } from "./root-mount.ts";

/** Shows what another container has at /dev/shm to a container that is being made, until the runtime has bound it. */
export function stageSharedMemory(record: ContainerRecord, donor: ProcessId, staged: DisposableStack): void {
  const tree = cloneTreeOf(donor.pid, "/dev/shm");
  try {
    staged.defer(() => hideShown(record.id));
    attachTree(tree, shownPlace(record, "shm"));
  } finally {
    closeSync(tree);
  }
}
