import type { ContainerRecord } from "../state/container.ts";
import { getVolume } from "../state/volumes.ts";
import { copyUp, volumeFolder } from "../storage/volume.ts";
import { openContainerRoot } from "./container-root.ts";
import type { Engine } from "./engine.ts";
import { hasDevice } from "./volume/options.ts";

/**
 * Fills the volumes of a container that has not started with what its image has at their places (`prepare_volume_on_create`); those that
 * take more than a folder are left to the first start.
 */
export function prepareVolumes(engine: Engine, record: ContainerRecord): void {
  if (record.idMaps !== undefined) return;
  const names = record.mounts.flatMap((mount) => {
    const plain = mount.type === "volume" && mount.copy && mount.source !== undefined && mount.subpath === undefined;
    return plain && !hasDevice(getVolume(engine.store, mount.source)) ? [[mount.source, mount.target] as const] : [];
  });
  if (names.length === 0) return;
  using root = openContainerRoot(engine, record, "read");
  for (const [name, target] of names) copyUp(root.fd, target, volumeFolder(engine.paths.root, name));
}
