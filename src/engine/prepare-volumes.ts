import type { ContainerRecord } from "../state/container.ts";
import { getVolume } from "../state/volumes.ts";
import { copyUp, volumeFolder } from "../storage/volume.ts";
import { openContainerRoot } from "./container-root.ts";
import type { Engine } from "./engine.ts";
import { hasDevice } from "./volume/options.ts";

/**
 * Fills the volumes of a container that has not started with what its image has at their places, where containers.conf wants that
 * (`prepare_volume_on_create`); else, and for those that take more than a folder, the first start does it.
 */
export function prepareVolumes(engine: Engine, record: ContainerRecord): void {
  if (engine.conf.containers["prepare_volume_on_create"] !== true || record.idMaps !== undefined) return;
  const names = record.mounts.flatMap((mount) => {
    const plain = mount.type === "volume" && mount.copy && mount.source !== undefined && mount.subpath === undefined;
    return plain && !hasDevice(getVolume(engine.store, mount.source)) ? [[mount.source, mount.target] as const] : [];
  });
  if (names.length === 0) return;
  using root = openContainerRoot(engine, record, "read");
  for (const [name, target] of names) copyUp(root.fd, target, volumeFolder(engine.paths.root, name));
}
