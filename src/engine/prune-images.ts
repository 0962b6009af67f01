import { isEstibaError } from "../lib/error.ts";
import type { Engine } from "./engine.ts";
import { type ImageSummary, isIntermediate, listImages } from "./list-images.ts";
import { removeImage } from "./remove-image.ts";
import { freeUnowned } from "./unowned.ts";

export type PruneImages = {
  /** Every image without containers, not only those without a name. */
  readonly all: boolean;
  /** As of `images`. */
  readonly filters: readonly string[];
};

/** The images that {@link pruneImages} would take. */
function unusedImages(engine: Engine, { all, filters }: PruneImages): ImageSummary[] {
  return listImages(engine, { all: true, filters }).filter(
    (summary) => summary.containers === 0 && (all || (summary.names.length === 0 && !isIntermediate(engine, summary))),
  );
}

/** The ids of the images that went, and the bytes of what belonged to no image. */
export type PrunedImages = { readonly ids: readonly string[]; readonly unownedBytes: number };

/**
 * Removes the images that no container uses and, unless `all`, nobody can name; and, where no filter chooses among images, what is left of those
 * that have not come to be.
 */
export async function pruneImages(engine: Engine, options: PruneImages): Promise<PrunedImages> {
  const removed: string[] = [];
  for (const { image } of unusedImages(engine, options)) {
    try {
      const { deleted } = await removeImage(engine, image.id, { force: false, allNames: true });
      if (deleted !== undefined) removed.push(deleted);
    } catch (error) {
      // Taken into use, mounted or removed since it was listed.
      if (!isEstibaError(error, "in_use", "not_found")) throw error;
    }
  }
  return { ids: removed, unownedBytes: options.filters.length > 0 ? 0 : await freeUnowned(engine) };
}
