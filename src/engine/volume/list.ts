import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { listContainers } from "../../state/containers.ts";
import { findVolume, listVolumes, type VolumeRecord } from "../../state/volumes.ts";
import type { Engine } from "../engine.ts";
import { isUp } from "./device.ts";
import { volumeFilter } from "./filter.ts";

/** A volume with what is seen of it at this moment. */
export type VolumeDetails = {
  readonly volume: VolumeRecord;
  /** Its data; not made before its first use where a container asked for it. */
  readonly mountpoint: string;
  /** How many containers that run have it mounted. */
  readonly mountCount: number;
  /** Nothing is in it yet: the image's files may come. */
  readonly isEmpty: boolean;
};

/** The volumes that fit the filters, by name. Throws `invalid` for a bad filter. */
export function selectVolumes(engine: Engine, filters: readonly string[]): VolumeRecord[] {
  return listVolumes(engine.store).filter(volumeFilter(engine, filters));
}

/** Everything about one volume, by its name or the beginning of it. Throws `not_found`. */
export function inspectVolume(engine: Engine, name: string): VolumeDetails {
  const volume = findVolume(engine.store, name);
  return detailsOf(engine, [volume])[0] as VolumeDetails;
}

/** {@link inspectVolume} for volumes at hand. */
export function detailsOf(engine: Engine, volumes: readonly VolumeRecord[]): VolumeDetails[] {
  const up = listContainers(engine.store).filter((record) => record.volumes.length > 0 && isUp(engine, record));
  return volumes.map((volume) => {
    const mountpoint = volumeData(engine, volume.name);
    const mountCount = up.filter((record) => record.volumes.some(({ name }) => name === volume.name)).length;
    return { volume, mountpoint, mountCount, isEmpty: folderNames(mountpoint).length === 0 };
  });
}

/** The path of a volume's data; nothing is made. */
export function volumeData(engine: Engine, name: string): string {
  return join(engine.paths.volumes, name, "_data");
}
