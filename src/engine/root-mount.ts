import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerRecord } from "../state/container.ts";
import { layerPaths } from "../state/layers.ts";
import { mountSnapshot, prepareSnapshot, unmountSnapshot } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";

/** A container's mounted root. */
export type MountedRoot = { readonly path: string; readonly unmount: () => void };

/** Mounts the container's own layer over its image's. Its folders are made on first use. The caller holds its lock. */
export function mountRoot(engine: Engine, record: ContainerRecord): MountedRoot {
  const snapshot = prepareSnapshot(engine.paths.root, record.id);
  const lowers = layerPaths(engine.store, record.chainId).map((folder) => join(engine.paths.layers, folder));
  mountSnapshot(snapshot, {
    lowers: lowers.length > 0 ? lowers : [emptyLayer(engine)],
    volatile: record.spec.autoRemove,
  });
  return { path: snapshot.merged, unmount: () => unmountRoot(engine, record.id) };
}

// Overlay wants something to lie on: an image without layers lies on an empty folder.
function emptyLayer(engine: Engine): string {
  const path = join(engine.paths.cache, "empty-layer");
  mkdirSync(path, { recursive: true, mode: 0o755 });
  return path;
}

/** Unmounts the container's root; nothing happens when it is not mounted. */
export function unmountRoot(engine: Engine, id: string): void {
  unmountSnapshot(engine.paths.root, id);
}
