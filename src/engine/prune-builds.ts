import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { blobFiles } from "../image/content-store.ts";
import { heldByArrivals } from "../image/temporary.ts";
import { type BuildStepRecord, deleteBuildStep, listBuildSteps } from "../state/build-steps.ts";
import { transaction } from "../state/database.ts";
import { isLayerOfImage, unusedBlobs } from "../state/images.ts";
import { tryLock } from "../state/lock.ts";
import { forgetLayers } from "../storage/layer-store.ts";
import { removeTree } from "../storage/remove-tree.ts";
import { treeSize } from "../storage/tree-size.ts";
import type { Engine } from "./engine.ts";
import { lockImages } from "./receive-image.ts";
import { deleteAside, setAside } from "./set-aside.ts";
import { isArriving, unownedBytes, unownedLayers } from "./unowned.ts";

type PruneBuilds = {
  /** Steps whose layer an image has, and the folders of cache mounts, too. */
  readonly all: boolean;
  /** Only what was not used since (milliseconds since the epoch). */
  readonly usedBefore: number | undefined;
};

/** What went, and how much of the disk it took. */
export type PrunedBuilds = { readonly steps: readonly BuildStepRecord[]; readonly bytes: number };

/**
 * Forgets steps of builds and frees what only they keep: layers, blobs and, with `all`, the folders of cache mounts that no build has at
 * this moment. The records go first: a kill leaves layers that `system check` finds.
 */
export async function pruneBuilds(engine: Engine, options: PruneBuilds): Promise<PrunedBuilds> {
  const { aside, ...pruned } = await takeOut(engine, options);
  await deleteAside(aside);
  return { ...pruned, bytes: pruned.bytes + (options.all ? removeCacheMounts(engine) : 0) };
}

async function takeOut(
  engine: Engine,
  { all, usedBefore }: PruneBuilds,
): Promise<PrunedBuilds & { readonly aside: readonly string[] }> {
  using _ = await lockImages(engine);
  const held = [...heldByArrivals(engine.paths, "step")];
  // One that was set aside for a newer result has an ending, and may be below the layers of who has found it.
  const isHeld = (key: string): boolean => held.some((step) => key === step || key.startsWith(`${step}-`));
  const steps = listBuildSteps(engine.store).filter(
    ({ key, layer, usedAt }) =>
      !isHeld(key) &&
      usedAt < (usedBefore ?? Number.POSITIVE_INFINITY) &&
      (all || layer === undefined || !isLayerOfImage(engine.store, layer.chainId)),
  );
  transaction(engine.store, () => {
    for (const { key } of steps) deleteBuildStep(engine.store, key);
  });
  const blobs = unusedBlobs(
    engine.store,
    steps.flatMap(({ layer }) => (layer === undefined ? [] : [layer.blob.digest])),
  );
  const freed = new Set(steps.map(({ layer }) => layer?.chainId as string | undefined));
  // What no step has had may be of an image that is on its way here.
  const arriving = isArriving(engine);
  const layers = unownedLayers(engine).filter(({ chainId }) => !arriving || freed.has(chainId));
  const bytes = unownedBytes(engine, { layers, blobs });
  const folders = forgetLayers(
    engine,
    layers.map(({ chainId }) => chainId),
  );
  return { steps, bytes, aside: setAside(engine, [...blobFiles(engine.paths, blobs), ...folders]) };
}

// A cache that a build has locked, or whose folder it has just made, stays.
function removeCacheMounts(engine: Engine): number {
  const folder = join(engine.paths.cache, "mounts");
  let bytes = 0;
  for (const name of folderNames(folder).filter((entry) => !entry.endsWith(".lock"))) {
    using lock = tryLock(join(folder, `${name}.lock`));
    using users = tryLock(join(folder, `${name}.users.lock`));
    if (lock === undefined || users === undefined || !existsSync(join(folder, name))) continue;
    bytes += treeSize(join(folder, name));
    removeTree(join(folder, name));
    lock.discard();
    users.discard();
  }
  return bytes;
}
