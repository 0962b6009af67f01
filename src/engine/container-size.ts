import type { ContainerRecord } from "../state/container.ts";
import { imageById } from "../state/images.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import { treeSize } from "../storage/tree-size.ts";
import type { Engine } from "./engine.ts";

/** The bytes of a container's own layer, and of its whole root, image and all. */
export type ContainerSize = { readonly own: number; readonly root: number };

/** Counts the bytes of a container's files, as they are now. */
export function containerSize(engine: Engine, record: ContainerRecord): ContainerSize {
  const own = treeSize(snapshotPaths(engine.paths.root, record.id).upper);
  return { own, root: own + (imageById(engine.store, record.imageId)?.sizeBytes ?? 0) };
}
