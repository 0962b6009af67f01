import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { blobFiles, blobSize } from "../image/content-store.ts";
import { listTemporaries } from "../image/temporary.ts";
import type { Digest } from "../oci/digest.ts";
import { isLayerKept, keptBlobs } from "../state/images.ts";
import { type LayerRecord, listLayers } from "../state/layers.ts";
import { forgetLayers } from "../storage/layer-store.ts";
import type { Engine } from "./engine.ts";
import { lockImages } from "./receive-image.ts";
import { deleteAside, setAside } from "./set-aside.ts";

/** What neither an image nor a step of a build has: parts of an image that is on its way here, or that has not come to be. */
export type Unowned = { readonly layers: readonly LayerRecord[]; readonly blobs: readonly Digest[] };

/** Layers topmost first, so that they can go in this order. */
export function listUnowned(engine: Engine): Unowned {
  // What is there is listed before it is asked whose it is: an image may have come with it since.
  const blobs = folderNames(join(engine.paths.blobs, "sha256")).map((hex) => `sha256:${hex}` as Digest);
  const layers = unownedLayers(engine);
  const kept = keptBlobs(engine.store);
  return { layers, blobs: blobs.filter((digest) => !kept.has(digest)) };
}

/** The layers of {@link listUnowned}. */
export function unownedLayers(engine: Engine): LayerRecord[] {
  // What a step of a build keeps stands on layers that no image may have any more.
  const needed = new Set<string>();
  return listLayers(engine.store)
    .reverse()
    .filter(({ chainId, parent }) => {
      const kept = needed.has(chainId) || isLayerKept(engine.store, chainId as Digest);
      if (kept && parent !== null) needed.add(parent);
      return !kept;
    });
}

/** Whether an image is on its way here: then what is unowned may be its own. */
export function isArriving(engine: Engine): boolean {
  return listTemporaries(engine.paths).some(({ kind, alive }) => kind === "arrival" && alive);
}

/** The bytes that it takes. */
export function unownedBytes(engine: Engine, { layers, blobs }: Unowned): number {
  return (
    layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) +
    blobs.reduce((sum, digest) => sum + blobSize(engine.paths, digest), 0)
  );
}

/**
 * Frees what pulls, loads and builds have left that did not come to their end: it was kept for their being tried again. Nothing while an image
 * is on its way here. Gives the bytes.
 */
export async function freeUnowned(engine: Engine): Promise<number> {
  const { aside, bytes } = await takeUnowned(engine);
  await deleteAside(aside);
  return bytes;
}

async function takeUnowned(engine: Engine): Promise<{ readonly aside: readonly string[]; readonly bytes: number }> {
  using _ = await lockImages(engine);
  if (isArriving(engine)) return { aside: [], bytes: 0 };
  const unowned = listUnowned(engine);
  const bytes = unownedBytes(engine, unowned);
  const folders = forgetLayers(
    engine,
    unowned.layers.map(({ chainId }) => chainId),
  );
  return { aside: setAside(engine, [...blobFiles(engine.paths, unowned.blobs), ...folders]), bytes };
}

/** Frees a layer unless somebody has come to need it. */
export async function freeUnownedLayer(engine: Engine, chainId: Digest): Promise<void> {
  await deleteAside(await takeUnownedLayer(engine, chainId));
}

async function takeUnownedLayer(engine: Engine, chainId: Digest): Promise<string[]> {
  using _ = await lockImages(engine);
  return isLayerKept(engine.store, chainId) ? [] : setAside(engine, forgetLayers(engine, [chainId]));
}
