import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { listCondemned, listVolumes } from "../../state/volumes.ts";
import { removeCondemned } from "../discard.ts";
import type { Engine } from "../engine.ts";
import { isBusy } from "./busy.ts";
import type { Finding } from "./finding.ts";

/** Volumes whose deletion was cut off, and folders of volumes that no record names. What a record names and is not there is made on first use. */
export function checkVolumes(engine: Engine): Finding[] {
  return [...condemnedVolumes(engine), ...strangeFolders(engine)];
}

function condemnedVolumes(engine: Engine): Finding[] {
  return listCondemned(engine.store)
    .filter(({ condemnedWith }) => !isBusy(engine, condemnedWith))
    .filter(({ name }) => listCondemned(engine.store).some((volume) => volume.name === name))
    .map(({ name, condemnedWith }) => ({
      kind: "volume",
      what: `the volume ${name.slice(0, 12)} of container ${condemnedWith.slice(0, 12)}, which was removed with it, but not to the end`,
      repair: () => removeCondemned(engine, name),
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
