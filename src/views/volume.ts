import type { VolumeDetails } from "../engine/volume/list.ts";
import { goTime } from "../lib/go-template/time.ts";

/** The fields of `volume ls --format`, named as Podman and Docker name them. */
export type VolumeRow = {
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Options: Readonly<Record<string, string>>;
  readonly CreatedAt: string;
  readonly Anonymous: boolean;
  readonly MountCount: number;
  /** Docker's; it prints N/A as well where nothing was counted. */
  readonly Links: string;
  readonly Size: string;
};

/** A row of the table. */
export function volumeRow({ volume, mountpoint, mountCount }: VolumeDetails): VolumeRow {
  return {
    Name: volume.name,
    Driver: "local",
    Scope: "local",
    Mountpoint: mountpoint,
    Labels: volume.labels,
    Options: volume.options ?? {},
    CreatedAt: new Date(volume.createdAt).toISOString(),
    Anonymous: volume.anonymous,
    MountCount: mountCount,
    Links: "N/A",
    Size: "N/A",
  };
}

/** The document of `volume inspect`: Podman's fields, among which all of Docker's are. */
export function volumeDocument({ volume, mountpoint, mountCount, isEmpty }: VolumeDetails): Record<string, unknown> {
  const words = (volume.options?.["o"] ?? "").split(",");
  const id = (key: string): number | undefined => {
    const word = words.findLast((text) => text.startsWith(`${key}=`));
    return word === undefined ? undefined : Number(word.slice(key.length + 1));
  };
  const [uid, gid] = [id("uid"), id("gid")];
  return {
    Name: volume.name,
    Driver: "local",
    Mountpoint: mountpoint,
    CreatedAt: goTime(volume.createdAt),
    Labels: volume.labels,
    Scope: "local",
    Options: volume.options ?? {},
    ...(uid === undefined ? {} : { UID: uid }),
    ...(gid === undefined ? {} : { GID: gid }),
    ...(volume.anonymous ? { Anonymous: true } : {}),
    MountCount: mountCount,
    NeedsCopyUp: isEmpty,
    NeedsChown: isEmpty,
  };
}
