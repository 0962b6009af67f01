import { join } from "node:path";
import { blobSize } from "../image/content-store.ts";
import { allImageBlobs, allImageLayers } from "../state/images.ts";
import { listVolumes } from "../state/volumes.ts";
import { treeSize } from "../storage/tree-size.ts";
import type { Engine } from "./engine.ts";
import { type ContainerSummary, summarizeContainers } from "./list.ts";
import { type ImageSummary, listImages } from "./list-images.ts";
import { listUnowned, unownedBytes } from "./unowned.ts";

/** What an image takes: its unpacked layers, and the blobs that are kept for copying it. */
export type ImageUsage = {
  readonly summary: ImageSummary;
  /** What other images have, too. */
  readonly sharedBytes: number;
  /** What goes when it is removed. */
  readonly uniqueBytes: number;
};

/** What a container takes: its own layer and its log. */
export type ContainerUsage = { readonly container: ContainerSummary; readonly bytes: number };

export type VolumeUsage = { readonly name: string; readonly containers: number; readonly bytes: number };

export type DiskUsage = {
  readonly images: readonly ImageUsage[];
  readonly containers: readonly ContainerUsage[];
  readonly volumes: readonly VolumeUsage[];
  /**
   * Of all images together, each layer and blob once, with what is left of those that have not come to be; reclaimable: what no image with
   * containers needs.
   */
  readonly imageBytes: number;
  readonly reclaimableImageBytes: number;
};

/** How much of the disk everything takes. Layers and blobs are looked up; containers and volumes are walked. Takes no lock. */
export function diskUsage(engine: Engine): DiskUsage {
  const summaries = listImages(engine, { all: true });
  const parts = imageParts(engine);
  const inUse = new Set(summaries.filter(({ containers }) => containers > 0).map(({ image }) => image.id));
  const all = [...parts.values()];
  const unowned = bytesOfUnowned(engine);
  return {
    images: summaries.map((summary) => usageOf(summary, all)),
    containers: summarizeContainers(engine).map((container) => ({
      container,
      bytes: containerBytes(engine, container.record.id),
    })),
    volumes: volumeUsage(engine),
    imageBytes: sum(all) + unowned,
    reclaimableImageBytes: sum(all.filter(({ images }) => images.every((id) => !inUse.has(id)))) + unowned,
  };
}

/** `imageBytes` of {@link diskUsage} alone: neither containers nor volumes are walked for it. */
export function imageBytes(engine: Engine): number {
  return sum([...imageParts(engine).values()]) + bytesOfUnowned(engine);
}

function bytesOfUnowned(engine: Engine): number {
  return unownedBytes(engine, listUnowned(engine));
}

/** The bytes of a container's own layer and of its log. */
function containerBytes(engine: Engine, id: string): number {
  return treeSize(join(engine.paths.containers, id, "upper")) + logBytes(engine, id);
}

type Part = { readonly bytes: number; readonly images: string[] };

/** Layers and blobs, each with the images that have it. */
function imageParts(engine: Engine): Map<string, Part> {
  const parts = new Map<string, Part>();
  const add = (key: string, imageId: string, bytes: () => number): void => {
    const part = parts.get(key) ?? { bytes: bytes(), images: [] };
    if (!part.images.includes(imageId)) part.images.push(imageId);
    parts.set(key, part);
  };
  for (const { chainId, sizeBytes, imageId } of allImageLayers(engine.store))
    add(`layer ${chainId}`, imageId, () => sizeBytes);
  for (const { digest, imageId } of allImageBlobs(engine.store))
    add(`blob ${digest}`, imageId, () => blobSize(engine.paths, digest));
  return parts;
}

function usageOf(summary: ImageSummary, parts: readonly Part[]): ImageUsage {
  const own = parts.filter(({ images }) => images.includes(summary.image.id));
  return {
    summary,
    sharedBytes: sum(own.filter(({ images }) => images.length > 1)),
    uniqueBytes: sum(own.filter(({ images }) => images.length === 1)),
  };
}

function volumeUsage(engine: Engine): VolumeUsage[] {
  const containers = summarizeContainers(engine);
  return listVolumes(engine.store).map(({ name }) => ({
    name,
    containers: containers.filter(({ record }) => record.volumes.some((volume) => volume.name === name)).length,
    bytes: treeSize(join(engine.paths.volumes, name)),
  }));
}

function logBytes(engine: Engine, id: string): number {
  return Bun.file(join(engine.paths.containers, id, "ctr.log")).size;
}

function sum(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}
