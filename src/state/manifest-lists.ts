import type { Database } from "bun:sqlite";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";

/** Images for several platforms that are pushed under one name. */
export type ManifestList = {
  /** `domain/path:tag`. */
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** In the order in which they were added. */
  readonly entries: readonly ManifestListEntry[];
};

/** One image of a list: it stays in the store as long as the list does. */
export type ManifestListEntry = { readonly imageId: string; readonly descriptor: Descriptor };

/** The list of this full name. */
export function getManifestList(store: Database, name: string): ManifestList | undefined {
  const row = store
    .query<{ annotations: string }, [string]>("SELECT annotations FROM manifest_list WHERE name = ?")
    .get(name);
  if (row === null) return undefined;
  const entries = store
    .query<{ imageId: string; descriptor: string }, [string]>(
      "SELECT image_id AS imageId, descriptor FROM manifest_list_entry WHERE list = ? ORDER BY position",
    )
    .all(name);
  return {
    name,
    annotations: JSON.parse(row.annotations) as Record<string, string>,
    entries: entries.map(({ imageId, descriptor }) => ({ imageId, descriptor: JSON.parse(descriptor) as Descriptor })),
  };
}

/** Full names of all lists, sorted. */
export function manifestListNames(store: Database): string[] {
  const rows = store.query<{ name: string }, []>("SELECT name FROM manifest_list ORDER BY name").all();
  return rows.map(({ name }) => name);
}

/** Names of the lists that an image is in. */
export function manifestListsOf(store: Database, imageId: string): string[] {
  return store
    .query<{ list: string }, [string]>("SELECT DISTINCT list FROM manifest_list_entry WHERE image_id = ? ORDER BY list")
    .all(imageId)
    .map(({ list }) => list);
}

/** Writes an empty list down; one of that name is emptied. Joins the caller's transaction. */
export function putManifestList(store: Database, { name, annotations }: Omit<ManifestList, "entries">): void {
  store.run(
    `INSERT INTO manifest_list (name, annotations, created_at) VALUES (?, ?, ?)
     ON CONFLICT (name) DO UPDATE SET annotations = excluded.annotations`,
    [name, JSON.stringify(annotations), Date.now()],
  );
}

/** Adds an image to a list, or describes the one of that digest anew. Joins the caller's transaction. */
export function putManifestListEntry(store: Database, list: string, { imageId, descriptor }: ManifestListEntry): void {
  store.run(
    `INSERT INTO manifest_list_entry (list, position, digest, image_id, descriptor)
     VALUES (?1, (SELECT coalesce(max(position), 0) + 1 FROM manifest_list_entry WHERE list = ?1), ?2, ?3, ?4)
     ON CONFLICT (list, digest) DO UPDATE SET descriptor = excluded.descriptor`,
    [list, descriptor.digest, imageId, JSON.stringify(descriptor)],
  );
}

/** Takes an image out of a list. Joins the caller's transaction. */
export function deleteManifestListEntry(store: Database, list: string, digest: Digest): void {
  store.run("DELETE FROM manifest_list_entry WHERE list = ? AND digest = ?", [list, digest]);
}

/** Takes an image out of all lists. Joins the caller's transaction. */
export function deleteManifestListEntriesOf(store: Database, imageId: string): void {
  store.run("DELETE FROM manifest_list_entry WHERE image_id = ?", [imageId]);
}

/** Forgets a list; its images stay. Joins the caller's transaction. */
export function deleteManifestList(store: Database, name: string): void {
  store.run("DELETE FROM manifest_list WHERE name = ?", [name]);
}
