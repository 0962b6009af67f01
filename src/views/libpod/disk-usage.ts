import type { DiskUsage } from "../../engine/disk-usage.ts";
import { goTime } from "../../lib/go-template/time.ts";

/** `GET /libpod/system/df`. Pure. */
export function libpodDiskUsage({ images, containers, volumes, imageBytes }: DiskUsage): Record<string, unknown> {
  return {
    ImagesSize: imageBytes,
    Images: images.flatMap(({ summary: { image, names, containers: count }, sharedBytes, uniqueBytes }) =>
      (names.length === 0 ? ["<none>:<none>"] : names).map((name) => ({
        Repository: name.slice(0, name.lastIndexOf(":")),
        Tag: name.slice(name.lastIndexOf(":") + 1),
        ImageID: image.id,
        Created: goTime(image.createdAtMs),
        Size: sharedBytes + uniqueBytes,
        SharedSize: sharedBytes,
        UniqueSize: uniqueBytes,
        Containers: count,
      })),
    ),
    Containers: containers.map(({ container: { record, status }, bytes }) => ({
      ContainerID: record.id,
      Image: record.imageId,
      Command: record.process.args,
      LocalVolumes: record.volumes.length,
      Size: bytes,
      RWSize: bytes,
      Created: goTime(record.createdAt),
      Status: status,
      Names: record.name,
    })),
    Volumes: volumes.map(({ name, containers: links, bytes }) => ({
      VolumeName: name,
      Links: links,
      Size: bytes,
      ReclaimableSize: links === 0 ? bytes : 0,
    })),
  };
}
