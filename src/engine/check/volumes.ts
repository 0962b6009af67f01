import { join } from "node:path";
import { listVolumes } from "../../state/volumes.ts";
import type { Engine } from "../engine.ts";
import type { Finding } from "./finding.ts";
import { folderNames } from "./folder-names.ts";

/** Folders of volumes that no record names. What a record names and is not there yet is made on first use. */
export function checkVolumes(engine: Engine): Finding[] {
  const known = new Set(listVolumes(engine.store).map(({ name }) => name));
  return folderNames(engine.paths.volumes)
    .filter((name) => !known.has(name))
    .map((name) => ({
      kind: "volume",
      what: `${join(engine.paths.volumes, name)} belongs to no volume: look at the data in it, then remove it by hand`,
      // Somebody's data: nothing here is certain enough to delete it.
      repair: undefined,
    }));
}
