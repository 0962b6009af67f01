import type { Database } from "bun:sqlite";
import { EstibaError } from "../lib/error.ts";
import { type Kind, onlyOne } from "./look-up.ts";

/** A volume's definition; its data lies in `<volumes>/<name>/_data`. */
export type VolumeRecord = {
  readonly name: string;
  readonly anonymous: boolean;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  /** `type`, `o`, `device` as given: with a device, something is mounted at the data while a container uses it. */
  readonly options?: Readonly<Record<string, string>>;
};

/** The volume of this name; undefined where there is none, or where its deletion was begun. */
export function getVolume(store: Database, name: string): VolumeRecord | undefined {
  const row = store.query<{ definition: string }, [string]>("SELECT definition FROM volume WHERE name = ?").get(name);
  if (row === null) return undefined;
  const volume = JSON.parse(row.definition) as VolumeRecord & Partial<Condemned>;
  return volume.condemnedWith === undefined ? volume : undefined;
}

const KIND: Kind = {
  noun: "volume",
  list: "estiba volume ls",
  by: "name",
  ambiguous: { reason: "volume.ambiguous_name" },
  unknown: { reason: "volume.unknown", what: (text) => `no volume with name "${text}" found: no such volume` },
};

/**
 * The volume of this name, or the only one whose name begins with it. Throws `not_found`, and `invalid` for a beginning of several names.
 */
export function findVolume(store: Database, name: string): VolumeRecord {
  const exact = getVolume(store, name);
  if (exact !== undefined) return exact;
  const all = listVolumes(store);
  const fitting = name === "" ? [] : all.filter((volume) => volume.name.startsWith(name));
  return onlyOne(KIND, name, fitting, () => all.map((volume) => volume.name));
}

/**
 * Adds the volume unless there is one of that name; true when it was added. Joins the caller's transaction. Throws `conflict` for one that
 * is being removed.
 */
export function insertVolume(store: Database, volume: VolumeRecord): boolean {
  const { changes } = store.run(
    "INSERT INTO volume (name, anonymous, created_at, definition) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
    [volume.name, volume.anonymous ? 1 : 0, volume.createdAt, JSON.stringify(volume)],
  );
  if (changes === 0 && getVolume(store, volume.name) === undefined) {
    throw new EstibaError("conflict", {
      reason: "volume.being_removed",
      what: `the volume "${volume.name}" is being removed`,
      fix: "wait for it, or, where that was cut off, run: estiba system check --repair",
      retryable: true,
    });
  }
  return changes > 0;
}

/** Every volume, by name; none that is condemned. */
export function listVolumes(store: Database): VolumeRecord[] {
  return store
    .query<{ definition: string }, []>("SELECT definition FROM volume ORDER BY name")
    .all()
    .map((row) => JSON.parse(row.definition) as VolumeRecord & Partial<Condemned>)
    .filter(({ condemnedWith }) => condemnedWith === undefined);
}

/** A volume whose removal was begun, with its container's id or on its own (""): its data may be deleted, and nobody uses it any more. */
export type Condemned = { readonly name: string; readonly condemnedWith: string };

/** Writes down that the volume goes, with a container or ("") on its own, until {@link deleteVolume}: its data may be deleted even if that is interrupted. */
export function condemnVolume(store: Database, name: string, containerId: string): void {
  const sql = "UPDATE volume SET definition = json_set(definition, '$.condemnedWith', ?) WHERE name = ?";
  store.run(sql, [containerId, name]);
}

/** The volumes whose deletion was begun, with the container that they go with. */
export function listCondemned(store: Database): Condemned[] {
  const sql =
    "SELECT name, definition ->> '$.condemnedWith' AS condemnedWith FROM volume WHERE definition ->> '$.condemnedWith' IS NOT NULL";
  return store.query<Condemned, []>(sql).all();
}

/** Forgets the volume; its data is the caller's to free afterwards. */
export function deleteVolume(store: Database, name: string): void {
  store.run("DELETE FROM volume WHERE name = ?", [name]);
}
