import type { Database } from "bun:sqlite";

/** A volume's definition; its data lies in `<volumes>/<name>/_data`. */
export type VolumeRecord = {
  readonly name: string;
  readonly anonymous: boolean;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
};

/** Adds the volume unless there is one of that name; true when it was added. Joins the caller's transaction. */
export function insertVolume(store: Database, volume: VolumeRecord): boolean {
  const { changes } = store.run(
    "INSERT INTO volume (name, anonymous, created_at, definition) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
    [volume.name, volume.anonymous ? 1 : 0, volume.createdAt, JSON.stringify(volume)],
  );
  return changes > 0;
}

/** Every volume, by name. */
export function listVolumes(store: Database): VolumeRecord[] {
  return store
    .query<{ definition: string }, []>("SELECT definition FROM volume ORDER BY name")
    .all()
    .map((row) => JSON.parse(row.definition) as VolumeRecord);
}

/** Forgets the volume; its data is the caller's to free afterwards. */
export function deleteVolume(store: Database, name: string): void {
  store.run("DELETE FROM volume WHERE name = ?", [name]);
}
