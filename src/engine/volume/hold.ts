import { join } from "node:path";
import { findVolume } from "../../state/volumes.ts";
import { volumeFolder } from "../../storage/volume.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { hold, letGo } from "../held.ts";
import { mountVolume, releaseVolume } from "./device.ts";

/**
 * Mounts a volume for the host, and keeps it so until {@link letVolumeGo} or the next boot; gives the path of its data. Throws `not_found`,
 * `unavailable`.
 */
export async function holdVolume(engine: Engine, nameOrPrefix: string): Promise<string> {
  const volume = findVolume(engine.store, nameOrPrefix);
  const data = volumeFolder(engine.paths.root, volume.name);
  const folder = join(engine.paths.volumes, volume.name);
  // Written down first: a crash leaves a mark without a mount, never a mount that nobody knows.
  hold(folder);
  try {
    await mountVolume(engine, volume);
  } catch (error) {
    letGo(folder);
    throw error;
  }
  emitEvent(engine, { type: "volume", action: "mount", id: volume.name, name: volume.name });
  return data;
}

/** Takes {@link holdVolume} back: the device is unmounted unless a container uses it. Gives the volume's name. Throws `not_found`. */
export async function letVolumeGo(engine: Engine, nameOrPrefix: string): Promise<string> {
  const { name } = findVolume(engine.store, nameOrPrefix);
  letGo(join(engine.paths.volumes, name));
  await releaseVolume(engine, name);
  emitEvent(engine, { type: "volume", action: "unmount", id: name, name });
  return name;
}
