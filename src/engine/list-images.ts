import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { allImages, containersOf, type ImageRecord, imageDigests, imageNames, isBuiltOn } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { imageTest } from "./image-filter.ts";

/** An image with everything a list tells about it. */
export type ImageSummary = {
  image: ImageRecord;
  config: ImageConfig;
  /** Full names, `domain/path:tag`. */
  names: string[];
  /** `domain/path@digest` each. */
  repoDigests: string[];
  /** Number of containers made from it. */
  containers: number;
};

type ListOptions = {
  /** Also images that have no name and only serve as layers of others. */
  readonly all?: boolean;
  /** `key=value` each; all must hold, but values of one key are alternatives. */
  readonly filters?: readonly string[];
};

/** The images here, newest first. Throws `invalid` for an unknown filter, `not_found` for an image a filter names. */
export function listImages(engine: Engine, options: ListOptions = {}): ImageSummary[] {
  const names = groupBy(imageNames(engine.store), ({ name }) => name);
  const digests = groupBy(imageDigests(engine.store), ({ repository, digest }) => `${repository}@${digest}`);
  const summaries = allImages(engine.store).map((image) => ({
    image,
    config: parseImageConfig(image.config),
    names: names.get(image.id) ?? [],
    repoDigests: digests.get(image.id) ?? [],
    containers: containersOf(engine.store, image.id).length,
  }));
  const { all = false, filters = [] } = options;
  const intermediate = (summary: ImageSummary): boolean => isIntermediate(engine, summary);
  const test = imageTest({ engine, isIntermediate: intermediate }, filters);
  const shown = all || filters.some((filter) => filter.startsWith("intermediate"));
  return summaries.filter((summary) => (shown || !intermediate(summary)) && test(summary));
}

/** True for an image without a name that another image is built on. */
export function isIntermediate(engine: Engine, { image, names }: Pick<ImageSummary, "image" | "names">): boolean {
  return names.length === 0 && image.chainId !== null && isBuiltOn(engine.store, image.chainId);
}

function groupBy<T extends { imageId: string }>(rows: readonly T[], text: (row: T) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const row of rows) groups.set(row.imageId, [...(groups.get(row.imageId) ?? []), text(row)]);
  return groups;
}
