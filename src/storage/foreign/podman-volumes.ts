import { Database } from "bun:sqlite";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readBolt } from "../../lib/bolt.ts";
import { type ForeignVolume, listForeign, textPairs, type VolumeNotes } from "./foreign-volume.ts";

/** The volumes in a root of Podman, with labels and options from its database: SQLite, before version 4.8 Bolt. Throws `not_found`, `corrupt`. */
export function podmanVolumes(root: string): ForeignVolume[] {
  const sqlite = [join(root, "db.sql"), join(root, "libpod/db.sql")].find((path) => existsSync(path));
  const bolt = join(root, "libpod/bolt_state.db");
  const configs = sqlite !== undefined ? sqliteConfigs(sqlite) : existsSync(bolt) ? boltConfigs(bolt) : [];
  return listForeign(join(root, "volumes"), new Map(configs.map(notesOf)));
}

function sqliteConfigs(path: string): string[] {
  using database = new Database(path, { readonly: true });
  return database
    .query<{ json: string }, []>("SELECT JSON AS json FROM VolumeConfig")
    .all()
    .map(({ json }) => json);
}

function boltConfigs(path: string): string[] {
  const volumes = readBolt(readFileSync(path)).get("vol");
  if (typeof volumes !== "function") return [];
  return [...volumes().values()].flatMap((volume) => {
    const config = typeof volume === "function" ? volume().get("config") : undefined;
    return config instanceof Uint8Array ? [new TextDecoder().decode(config)] : [];
  });
}

type Config = { name: string; volumeDriver?: string; labels?: unknown; volumeOptions?: unknown; isAnon?: boolean };

function notesOf(json: string): [string, VolumeNotes] {
  const { name, volumeDriver = "", labels, volumeOptions, isAnon } = JSON.parse(json) as Config;
  const driver = volumeDriver === "" ? "local" : volumeDriver;
  return [name, { driver, anonymous: isAnon === true, labels: textPairs(labels), options: textPairs(volumeOptions) }];
}
