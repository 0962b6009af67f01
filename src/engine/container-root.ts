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
  const { rootfs } = record.spec;
  // What runs with mapped ids is mounted so; who reads wants the owners as they are on disk.
  const asMounted = record.idMaps === undefined || access === "write";
  const fd =
    asMounted && isMountPoint(snapshot.merged)
      ? openRoot(snapshot.merged)
      : rootfs?.overlay === false
        ? openRoot(rootfs.path)
        : openSnapshot(snapshot, { lowers: rootLayers(engine, record), access });
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}

/** The folders that a container's own layer lies on, topmost first: those of its image, or the one it was given. */
export function rootLayers(engine: Engine, { spec, chainId }: Pick<ContainerRecord, "spec" | "chainId">): string[] {
  return spec.rootfs === undefined ? layerPaths(engine.store, chainId) : [spec.rootfs.path];
}
