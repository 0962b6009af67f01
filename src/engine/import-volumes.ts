import { closeSync } from "node:fs";
import { join } from "node:path";
import type { ForeignEngine } from "../config/foreign-roots.ts";
import { mountedElsewhere } from "../host/mounted-elsewhere.ts";
import { openRoot } from "../host/openat.ts";
import { EstibaError } from "../lib/error.ts";
import { getVolume } from "../state/volumes.ts";
import { dockerVolumes } from "../storage/foreign/docker-volumes.ts";
import type { ForeignVolume } from "../storage/foreign/foreign-volume.ts";
import { podmanVolumes } from "../storage/foreign/podman-volumes.ts";
import { copyUp, volumeFolder } from "../storage/volume.ts";
import type { Engine } from "./engine.ts";
import { createVolume } from "./volume/create.ts";
import { hasDevice } from "./volume/options.ts";
import { removeVolume } from "./volume/remove.ts";

/** The volumes of another engine that are wanted: by name, or all of them. Throws `not_found` for a name that is not there. */
export function foreignVolumes(
  from: ForeignEngine,
  root: string,
  wanted: readonly string[] | undefined,
): ForeignVolume[] {
  const volumes = from === "docker" ? dockerVolumes(root) : podmanVolumes(root);
  return wanted === undefined ? volumes : wanted.map((name) => find(volumes, name));
}

/**
 * Brings one volume along: its labels and options, and what is in it with owners, modes, times, links and extended attributes. What is copied
 * appears when it is complete. Throws `in_use` while a container has it mounted, unless forced; `conflict` where a volume of that name has
 * something in it already; `unsupported` for one of a plug-in.
 */
export async function importForeignVolume(
  engine: Engine,
  foreign: ForeignVolume,
  { force }: { force: boolean },
): Promise<void> {
  const { name, folder, driver, labels, options, anonymous } = foreign;
  if (driver !== "local") throw otherDriver(foreign);
  const user = force ? undefined : mountedElsewhere(join(folder, "_data"));
  if (user !== undefined) throw inUse(name, user);
  const isNew = getVolume(engine.store, name) === undefined;
  const volume = createVolume(engine, { name, labels, options, anonymous, ignore: true });
  if (hasDevice(volume)) return;
  const source = openRoot(folder);
  try {
    if (copyUp(source, "_data", volumeFolder(engine.paths.root, name)) === "not empty") throw notEmpty(name);
  } catch (error) {
    if (isNew) await removeVolume(engine, name, { force: false });
    throw error;
  } finally {
    closeSync(source);
  }
}

function find(volumes: readonly ForeignVolume[], name: string): ForeignVolume {
  const found = volumes.find((volume) => volume.name === name);
  if (found !== undefined) return found;
  throw new EstibaError("not_found", {
    reason: "volume.unknown_foreign",
    what: `the other engine has no volume "${name}"`,
    fix:
      volumes.length === 0
        ? "it has none"
        : `it has: ${volumes
            .slice(0, 10)
            .map((volume) => volume.name)
            .join(", ")}`,
  });
}

function otherDriver({ name, driver }: ForeignVolume): EstibaError {
  return new EstibaError("unsupported", {
    reason: "volume.foreign_driver",
    what: `the volume "${name}" belongs to the driver "${driver}", whose data is not in a folder`,
    fix: "copy what is in it by a container of that engine, with tar",
  });
}

function inUse(name: string, pid: number): EstibaError {
  return new EstibaError("in_use", {
    reason: "volume.foreign_in_use",
    what: `the volume "${name}" is mounted in a container that runs (process ${pid}): a copy could be torn`,
    fix: "stop that container first, or copy as it is with --force",
    details: { volume: name, pid },
  });
}

function notEmpty(name: string): EstibaError {
  return new EstibaError("conflict", {
    reason: "volume.not_empty",
    what: `the volume "${name}" is here already and has something in it`,
    fix: `remove it first: estiba volume rm ${name}`,
  });
}
