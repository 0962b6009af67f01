import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
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
  try {
    mountSnapshot(snapshot, {
      lowers: lowers.length > 0 ? lowers : [emptyLayer(engine)],
      volatile: record.spec.autoRemove,
    });
  } catch (error) {
    const missing = lowers.find((folder) => !existsSync(folder));
    throw missing === undefined ? error : missingLayer(missing, record, error);
  }
  return { path: snapshot.merged, unmount: () => unmountRoot(engine, record.id) };
}

function missingLayer(folder: string, record: ContainerRecord, cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "storage.layer_folder_missing",
    what: `the layer ${folder} of the image "${record.imageName}" is missing`,
    cause,
    fix: `run: estiba system check --repair, then: estiba pull ${record.imageName}`,
  });
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
