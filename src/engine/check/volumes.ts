import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { isMountPoint } from "../../host/mount.ts";
import { tryLock } from "../../state/lock.ts";
import { type Condemned, getVolume, listCondemned, listVolumes } from "../../state/volumes.ts";
import { isCopyCutOff, mendCopy } from "../../storage/volume.ts";
import { removeCondemned } from "../discard.ts";
import type { Engine } from "../engine.ts";
import { isNeeded, releaseVolume } from "../volume/device.ts";
import { volumeData } from "../volume/list.ts";
import { clearStage, listStages } from "../volume/stage.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

/**
 * Volumes whose removal or first filling was cut off, devices that are mounted for nobody, sources put together for a start that was cut
 * off, and folders of volumes that no record names. What a record names and is not there is made on first use.
 */
export function checkVolumes(engine: Engine): Finding[] {
  return [
    ...condemnedVolumes(engine),
    ...cutOffCopies(engine),
    ...idleMounts(engine),
    ...staleStages(engine),
    ...strangeFolders(engine),
  ];
}

function condemnedVolumes(engine: Engine): Finding[] {
  return listCondemned(engine.store)
    .filter((volume) => !isBeingRemoved(engine, volume))
    .filter(({ name }) => listCondemned(engine.store).some((volume) => volume.name === name))
    .map(({ name, condemnedWith }) => ({
      kind: "volume",
      what:
        condemnedWith === ""
          ? `the volume ${name}, which was removed, but not to the end`
          : `the volume ${name.slice(0, 12)} of container ${condemnedWith.slice(0, 12)}, which was removed with it, but not to the end`,
      repair: () => removeCondemned(engine, name),
    }));
}

function isBeingRemoved(engine: Engine, { name, condemnedWith }: Condemned): boolean {
  return condemnedWith === "" ? isLocked(engine, name) : isBusy(engine, condemnedWith);
}

function cutOffCopies(engine: Engine): Finding[] {
  return listVolumes(engine.store)
    .filter(({ name }) => isCopyCutOff(engine.paths.root, name))
    .map(({ name }) => ({
      kind: "volume",
      what: `the volume ${name} was being filled from an image, which was cut off`,
      repair: () => mendCopy(engine.paths.root, name),
    }));
}

function idleMounts(engine: Engine): Finding[] {
  return listVolumes(engine.store)
    .filter(({ name }) => isMountPoint(volumeData(engine, name)))
    .filter(({ name }) => !isLocked(engine, name) && !isNeeded(engine, name) && isMountPoint(volumeData(engine, name)))
    .map(({ name }) => ({
      kind: "mount",
      what: `the device of volume ${name} is mounted, and nobody uses it`,
      repair: async () => {
        await releaseVolume(engine, name);
      },
    }));
}

function staleStages(engine: Engine): Finding[] {
  return listStages(engine)
    .filter((id) => !isBusy(engine, id) && listStages(engine).includes(id))
    .map((id) => ({
      kind: "mount",
      what: `mounts that were put together for a start of container ${id.slice(0, 12)}, which was cut off`,
      repair: () => {
        clearStage(engine, id);
      },
    }));
}

function strangeFolders(engine: Engine): Finding[] {
  // Listed first: a volume has its record before its folder, and loses it after.
  const folders = folderNames(engine.paths.volumes);
  const known = new Set([...listVolumes(engine.store), ...listCondemned(engine.store)].map(({ name }) => name));
  return folders
    .filter((name) => !known.has(name) && existsSync(join(engine.paths.volumes, name)))
    .map((name) => ({
      kind: "volume",
      what: `${join(engine.paths.volumes, name)} belongs to no volume: look at the data in it, then remove it by hand`,
      // Somebody's data: nothing here is certain enough to delete it.
      repair: undefined,
    }));
}

// Whoever mounts, unmounts or removes a volume holds its lock.
function isLocked(engine: Engine, name: string): boolean {
  using lock = tryLock(join(engine.paths.locks, `volume-${name}`));
  if (lock !== undefined && getVolume(engine.store, name) === undefined) lock.discard();
  return lock === undefined;
}
