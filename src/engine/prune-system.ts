import { diskUsage, imageBytes } from "./disk-usage.ts";
import type { Engine } from "./engine.ts";
import { pruneFetchedProjects } from "./fetched-projects.ts";
import { pruneNetworks } from "./network/remove.ts";
import { prunePods } from "./pod/prune.ts";
import { pruneBuilds } from "./prune-builds.ts";
import { pruneContainers } from "./prune-containers.ts";
import { pruneImages } from "./prune-images.ts";
import { pruneVolumes } from "./volume/prune.ts";

type PruneSystem = {
  /** Every image without containers, not only those without a name. */
  readonly all: boolean;
  readonly volumes: boolean;
  /** `until`, `label`, `label!`. */
  readonly filters: readonly string[];
};

export type Pruned = {
  readonly pods: readonly string[];
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  readonly images: readonly string[];
  /** Steps of builds that are forgotten. */
  readonly steps: readonly string[];
  readonly bytes: number;
};

/**
 * Removes what nobody uses: containers that do not run, then networks, images, and volumes where asked, which the former may have freed. Throws
 * `invalid` for a bad filter, before anything is removed.
 */
export async function pruneSystem(engine: Engine, { all, volumes, filters }: PruneSystem): Promise<Pruned> {
  const before = diskUsage(engine);
  const pods = await prunePods(engine, filters);
  const containers = await pruneContainers(engine, filters);
  const networks = await pruneNetworks(engine, filters);
  const removedVolumes = volumes ? await pruneVolumes(engine, filters) : [];
  const { ids: images } = await pruneImages(engine, { all, filters });
  const imageBytesLeft = imageBytes(engine);
  // What fits no filter of containers is nothing of a build's either.
  const builds = filters.length > 0 ? undefined : await pruneBuilds(engine, { all, usedBefore: undefined });
  const fetched = all && filters.length === 0 ? pruneFetchedProjects(engine) : 0;
  const bytes =
    fetched +
    sizeOf(before.containers, containers, ({ container }) => container.record.id) +
    sizeOf(before.volumes, removedVolumes, ({ name }) => name) +
    (builds?.bytes ?? 0) +
    Math.max(0, before.imageBytes - imageBytesLeft);
  const steps = builds?.steps.map(({ key }) => key.slice(0, 25)) ?? [];
  return { pods, containers, networks, volumes: removedVolumes, images, steps, bytes };
}

function sizeOf<T extends { readonly bytes: number }>(
  items: readonly T[],
  removed: readonly string[],
  key: (item: T) => string,
): number {
  const gone = new Set(removed);
  return items.filter((item) => gone.has(key(item))).reduce((total, { bytes }) => total + bytes, 0);
}
