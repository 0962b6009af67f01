import { closeSync } from "node:fs";
import { isMountPoint } from "../host/mount.ts";
import { openRoot } from "../host/openat.ts";
import type { ContainerRecord } from "../state/container.ts";
import { layerPaths } from "../state/layers.ts";
import { openSnapshot, snapshotPaths } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";

/** An open root; disposing closes it. */
export type OpenRoot = Disposable & { readonly fd: number };

/**
 * The container's root without what is mounted in it, running or not, as an O_PATH descriptor. What is not mounted appears nowhere and is
 * gone with the descriptor. For "write", the caller holds the container's lock unless it runs.
 */
export function openContainerRoot(engine: Engine, record: ContainerRecord, access: "read" | "write"): OpenRoot {
  const snapshot = snapshotPaths(engine.paths.root, record.id);
  const fd = isMountPoint(snapshot.merged)
    ? openRoot(snapshot.merged)
    : openSnapshot(snapshot, { lowers: layerPaths(engine.store, record.chainId), access });
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
