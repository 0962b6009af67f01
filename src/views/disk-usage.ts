import type { DiskUsage } from "../engine/disk-usage.ts";
import { humanDuration } from "../lib/duration.ts";
import { formatUsage } from "../lib/size.ts";

/** A row of `system df`, with Podman's and Docker's names for its columns. */
export type UsageRow = {
  readonly Type: string;
  readonly Total: number;
  readonly TotalCount: number;
  readonly Active: number;
  readonly RawSize: number;
  readonly RawReclaimable: number;
  readonly Size: string;
  readonly Reclaimable: string;
};

const UP = new Set(["running", "paused", "stopping"]);

/** The three rows: images, containers, volumes. */
export function usageRows(usage: DiskUsage): UsageRow[] {
  const { images, containers, volumes } = usage;
  const idle = containers.filter(({ container }) => !UP.has(container.status));
  const unused = volumes.filter((volume) => volume.containers === 0);
  return [
    row("Images", images.length, images.filter(({ summary }) => summary.containers > 0).length, {
      size: usage.imageBytes,
      reclaimable: usage.reclaimableImageBytes,
    }),
    row("Containers", containers.length, containers.length - idle.length, {
      size: sum(containers),
      reclaimable: sum(idle),
    }),
    row("Local Volumes", volumes.length, volumes.length - unused.length, {
      size: sum(volumes),
      reclaimable: sum(unused),
    }),
  ];
}

function row(type: string, total: number, active: number, bytes: { size: number; reclaimable: number }): UsageRow {
  const percent = bytes.size === 0 ? 0 : Math.floor((bytes.reclaimable / bytes.size) * 100);
  return {
    Type: type,
    Total: total,
    TotalCount: total,
    Active: active,
    RawSize: bytes.size,
    RawReclaimable: bytes.reclaimable,
    Size: formatUsage(bytes.size),
    Reclaimable: `${formatUsage(bytes.reclaimable)} (${percent}%)`,
  };
}

type Table = { readonly title: string; readonly rows: readonly (readonly string[])[] };

/** What `system df --verbose` shows: a table each, headings first. Pure: `nowMs`. */
export function usageTables({ images, containers, volumes }: DiskUsage, nowMs: number): Table[] {
  return [
    {
      title: "Images space usage:",
      rows: [
        ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS"],
        ...images.flatMap(({ summary: { image, names, containers: count }, sharedBytes, uniqueBytes }) =>
          (names.length === 0 ? ["<none>:<none>"] : names).map((name) => [
            name.slice(0, name.lastIndexOf(":")),
            name.slice(name.lastIndexOf(":") + 1),
            image.id.slice(0, 12),
            humanDuration(nowMs - image.createdAtMs),
            formatUsage(sharedBytes + uniqueBytes),
            formatUsage(sharedBytes),
            formatUsage(uniqueBytes),
            String(count),
          ]),
        ),
      ],
    },
    {
      title: "Containers space usage:",
      rows: [
        ["CONTAINER ID", "IMAGE", "COMMAND", "LOCAL VOLUMES", "SIZE", "CREATED", "STATUS", "NAMES"],
        ...containers.map(({ container: { record, status }, bytes }) => [
          record.id.slice(0, 12),
          record.imageId.slice(0, 12),
          record.process.args.join(" ").slice(0, 20),
          String(record.volumes.length),
          formatUsage(bytes),
          humanDuration(nowMs - record.createdAt),
          status,
          record.name,
        ]),
      ],
    },
    {
      title: "Local Volumes space usage:",
      rows: [
        ["VOLUME NAME", "LINKS", "SIZE"],
        ...volumes.map(({ name, containers: links, bytes }) => [name, String(links), formatUsage(bytes)]),
      ],
    },
  ];
}

function sum(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((total, { bytes }) => total + bytes, 0);
}
