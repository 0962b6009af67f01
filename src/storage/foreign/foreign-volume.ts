import { readdirSync } from "node:fs";
import { join } from "node:path";
import { statPath } from "../../host/statx.ts";
import { EstibaError } from "../../lib/error.ts";
import { hasCode } from "../../lib/has-code.ts";

/** What another engine has written down about a volume. */
export type VolumeNotes = {
  readonly driver: string;
  readonly anonymous: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
};

/** A volume of another engine: its folder, which holds `_data`, and what is known of it. */
export type ForeignVolume = VolumeNotes & { readonly name: string; readonly folder: string };

const NOTHING: VolumeNotes = { driver: "local", anonymous: false, labels: {}, options: {} };

/** The volumes below a folder, sorted; one without notes is a plain one. Throws `not_found`. */
export function listForeign(volumes: string, notes: ReadonlyMap<string, VolumeNotes>): ForeignVolume[] {
  let names: string[];
  try {
    // Both keep a device node of their quotas beside the volumes.
    const entries = readdirSync(volumes, { withFileTypes: true });
    names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    throw new EstibaError(hasCode(error, "ENOENT", "ENOTDIR") ? "not_found" : "denied", {
      reason: "volume.foreign_root",
      what: `cannot read "${volumes}" of the other engine`,
      cause: error,
      fix: "name the folder where it keeps its data: --root DIR",
    });
  }
  return names
    .toSorted()
    .map((name) => ({ ...NOTHING, ...notes.get(name), name, folder: join(volumes, name) }))
    .filter(({ folder }) => statPath(join(folder, "_data")) !== undefined);
}

/** Key and value pairs of text; everything else is left out. */
export function textPairs(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}
