import { existsSync } from "node:fs";
import { join } from "node:path";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { layerPaths } from "../state/layers.ts";
import { mountSnapshot, prepareSnapshot, unmountSnapshot } from "../storage/snapshot.ts";
import type { Engine } from "./engine.ts";

/** A container's mounted root. */
export type MountedRoot = { readonly path: string; readonly unmount: () => void };

/**
 * Mounts the container's own layer over its image's. Its folders are made on first use. The caller holds its lock. Throws `corrupt` when
 * a layer's folder is gone.
 */
export function mountRoot(engine: Engine, record: ContainerRecord): MountedRoot {
  const snapshot = prepareSnapshot(engine.paths.root, record.id);
  const lowers = layerPaths(engine.store, record.chainId);
  try {
    const path = mountSnapshot(snapshot, { lowers, volatile: record.spec.autoRemove });
    return { path, unmount: () => unmountRoot(engine, record.id) };
  } catch (error) {
    const missing = lowers.find((folder) => !existsSync(join(engine.paths.layers, folder)));
    throw missing === undefined ? error : missingLayer(missing, record, error);
  }
}

function missingLayer(folder: string, record: ContainerRecord, cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "storage.layer_folder_missing",
    what: `the layer ${folder} of the image "${record.imageName}" is missing`,
    cause,
    fix: `run: estiba system check --repair, then: estiba pull ${record.imageName}`,
  });
}

/** Unmounts the container's root; nothing happens when it is not mounted. */
export function unmountRoot(engine: Engine, id: string): void {
  unmountSnapshot(engine.paths.root, id);
}
