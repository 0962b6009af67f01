import { chownSync } from "node:fs";
import { EstibaError } from "../../lib/error.ts";
import { transaction } from "../../state/database.ts";
import { getVolume, insertVolume, type VolumeRecord } from "../../state/volumes.ts";
import { removeVolumeFolder, volumeFolder } from "../../storage/volume.ts";
import { emitEvent } from "../emit-event.ts";
import type { Engine } from "../engine.ts";
import { checkVolumeOptions, ownerOf } from "./options.ts";

/** A volume as asked for. */
export type NewVolume = {
  /** Undefined makes one up. */
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** One of that name that is there already is no error. */
  readonly ignore: boolean;
  /** It has a name, and is still nobody's by name. */
  readonly anonymous?: boolean;
};

/**
 * Records a volume, then makes its folder. Without a name it gets a random one, and counts as anonymous. Throws `conflict` for a name in
 * use, `invalid` for a bad name or option, `unsupported` for a limit that cannot be kept.
 */
export function createVolume(engine: Engine, wanted: NewVolume): VolumeRecord {
  const name = wanted.name ?? crypto.getRandomValues(Buffer.alloc(32)).toString("hex");
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/.test(name)) throw badName(name);
  checkVolumeOptions(wanted.options);
  const volume: VolumeRecord = {
    name,
    anonymous: wanted.anonymous ?? wanted.name === undefined,
    createdAt: Date.now(),
    labels: wanted.labels,
    ...(Object.keys(wanted.options).length === 0 ? {} : { options: wanted.options }),
  };
  const added = transaction(engine.store, () => insertVolume(engine.store, volume));
  const there = added ? volume : getVolume(engine.store, name);
  if (there === undefined || (!added && !wanted.ignore)) throw nameInUse(name);
  const folder = volumeFolder(engine.paths.root, name);
  leaveIfRemoved(engine, name);
  if (!added) return there;
  const owner = ownerOf(volume);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
  emitEvent(engine, { type: "volume", action: "create", id: name, name, labels: volume.labels });
  return volume;
}

// Somebody may have removed it, folder and record, before the folder was there; nobody can make it anew meanwhile.
function leaveIfRemoved(engine: Engine, name: string): void {
  if (getVolume(engine.store, name) !== undefined) return;
  transaction(engine.store, () => {
    if (getVolume(engine.store, name) === undefined) removeVolumeFolder(engine.paths.root, name);
  });
}

function badName(name: string): EstibaError {
  return new EstibaError("invalid", {
    reason: "volume.bad_name",
    what: `invalid volume name "${name}": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*`,
    fix: "choose a name of letters, digits, _ . and -",
  });
}

function nameInUse(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "volume.name_in_use",
    what: `volume with name ${name} already exists: volume already exists`,
    fix: "choose another name, or add --ignore",
  });
}
