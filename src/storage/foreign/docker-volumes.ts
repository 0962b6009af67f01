import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readBolt } from "../../lib/bolt.ts";
import { type ForeignVolume, listForeign, textPairs, type VolumeNotes } from "./foreign-volume.ts";

/** Docker marks them so since 23; before, they only had names of 64 digits. */
const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** The volumes in a data root of Docker, with labels and options from its metadata.db. Throws `not_found`, `corrupt`. */
export function dockerVolumes(root: string): ForeignVolume[] {
  const volumes = join(root, "volumes");
  return listForeign(volumes, readNotes(join(volumes, "metadata.db")));
}

function readNotes(path: string): Map<string, VolumeNotes> {
  const bucket = existsSync(path) ? readBolt(readFileSync(path)).get("volumes") : undefined;
  const notes = new Map<string, VolumeNotes>();
  if (typeof bucket !== "function") return notes;
  for (const [name, value] of bucket()) {
    if (typeof value === "function") continue;
    const entry = JSON.parse(new TextDecoder().decode(value)) as {
      Driver?: string;
      Labels?: unknown;
      Options?: unknown;
    };
    const { [ANONYMOUS_LABEL]: mark, ...labels } = textPairs(entry.Labels);
    const driver = entry.Driver ?? "";
    notes.set(name, {
      driver: driver === "" ? "local" : driver,
      anonymous: mark !== undefined || /^[0-9a-f]{64}$/.test(name),
      labels,
      options: textPairs(entry.Options),
    });
  }
  return notes;
}
