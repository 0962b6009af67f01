import type { Database } from "bun:sqlite";
import type { Digest } from "../oci/digest.ts";
import { transaction } from "./database.ts";

/** An image as it is recorded; its config is the document byte for byte. Times in milliseconds since the epoch. */
export type ImageRecord = {
  /** The hexadecimal digits of the config's digest. */
  id: string;
  config: string;
  manifestDigest: Digest;
  /** Chain id of the topmost layer; null for an image without layers. */
  chainId: Digest | null;
  sizeBytes: number;
  createdAtMs: number;
  storedAtMs: number;
};

/** One layer of an image, unpacked size in bytes. */
export type ImageLayerRecord = { chainId: Digest; diffId: Digest; sizeBytes: number };

/** All that is recorded at once when an image arrives. */
export type NewImage = ImageRecord & {
  /** Lowest first. */
  layers: readonly ImageLayerRecord[];
  /** Every blob it keeps in the content store. */
  blobs: readonly Digest[];
  /** `domain/path:tag` each. */
  names: readonly string[];
  repoDigests: readonly { repository: string; digest: Digest }[];
};

const COLUMNS = `id, config, manifest_digest AS manifestDigest, chain_id AS chainId, size_bytes AS sizeBytes,
  created_at AS createdAtMs, stored_at AS storedAtMs`;

/** Records an image, or adds to one that is already there; its names move here from whatever they named before. */
export function recordImage(database: Database, image: NewImage): void {
  transaction(database, () => {
    database.run(
      `INSERT INTO image (id, config, manifest_digest, chain_id, size_bytes, created_at, stored_at) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET manifest_digest = excluded.manifest_digest`,
      [
        image.id,
        image.config,
        image.manifestDigest,
        image.chainId,
        image.sizeBytes,
        image.createdAtMs,
        image.storedAtMs,
      ],
    );
    for (const [position, layer] of image.layers.entries()) {
      database.run(
        "INSERT OR IGNORE INTO image_layer (image_id, position, chain_id, diff_id, size_bytes) VALUES (?, ?, ?, ?, ?)",
        [image.id, position, layer.chainId, layer.diffId, layer.sizeBytes],
      );
    }
    for (const digest of image.blobs) {
      database.run("INSERT OR IGNORE INTO image_blob (image_id, digest) VALUES (?, ?)", [image.id, digest]);
    }
    for (const name of image.names) nameImage(database, name, image.id);
    for (const entry of image.repoDigests) recordDigest(database, { ...entry, imageId: image.id });
  });
}

/** Writes down that a repository knows an image by a digest. Joins the caller's transaction. */
export function recordDigest(
  database: Database,
  { repository, digest, imageId }: { repository: string; digest: Digest; imageId: string },
): void {
  database.run("INSERT OR REPLACE INTO image_digest (repository, digest, image_id) VALUES (?, ?, ?)", [
    repository,
    digest,
    imageId,
  ]);
}

/** The repositories that an image with this blob came from, or was pushed to. */
export function repositoriesWithBlob(database: Database, digest: Digest): string[] {
  return database
    .query<{ repository: string }, [string]>(
      `SELECT DISTINCT repository FROM image_digest
       WHERE image_id IN (SELECT image_id FROM image_blob WHERE digest = ?) ORDER BY repository`,
    )
    .all(digest)
    .map(({ repository }) => repository);
}

/** Gives the image a name, taking it from the image that had it. */
export function nameImage(database: Database, name: string, id: string): void {
  database.run("INSERT OR REPLACE INTO image_name (name, image_id) VALUES (?, ?)", [name, id]);
}

/** Takes a name away; false when there was none. */
export function forgetImageName(database: Database, name: string): boolean {
  return database.run("DELETE FROM image_name WHERE name = ?", [name]).changes > 0;
}

/** Takes the record of an image away, with its names, digests, layers and blobs; the files stay for the caller to free. */
export function forgetImage(database: Database, id: string): void {
  database.run("DELETE FROM image WHERE id = ?", [id]);
}

/** The image with this full name (`domain/path:tag`). */
export function imageByName(database: Database, name: string): ImageRecord | undefined {
  return (
    database
      .query<ImageRecord, [string]>(
        `SELECT ${COLUMNS} FROM image WHERE id = (SELECT image_id FROM image_name WHERE name = ?)`,
      )
      .get(name) ?? undefined
  );
}

/** The image that a repository knows by this digest. */
export function imageByDigest(database: Database, repository: string, digest: Digest): ImageRecord | undefined {
  return (
    database
      .query<ImageRecord, [string, string]>(
        `SELECT ${COLUMNS} FROM image
         WHERE id = (SELECT image_id FROM image_digest WHERE repository = ? AND digest = ?)`,
      )
      .get(repository, digest) ?? undefined
  );
}

/** The image with exactly this id. */
export function imageById(database: Database, id: string): ImageRecord | undefined {
  return database.query<ImageRecord, [string]>(`SELECT ${COLUMNS} FROM image WHERE id = ?`).get(id) ?? undefined;
}

/** At most `limit` images whose id starts with the prefix; the prefix must be lower-case hexadecimal. */
export function imagesByPrefix(database: Database, prefix: string, limit: number): ImageRecord[] {
  return database
    .query<ImageRecord, [string, string, number]>(`SELECT ${COLUMNS} FROM image WHERE id >= ? AND id < ? LIMIT ?`)
    .all(prefix, `${prefix}g`, limit);
}

/** Every image, newest first. */
export function allImages(database: Database): ImageRecord[] {
  return database.query<ImageRecord, []>(`SELECT ${COLUMNS} FROM image ORDER BY created_at DESC, id`).all();
}

/** The names of one image, or of all, sorted. */
export function imageNames(database: Database, id?: string): { name: string; imageId: string }[] {
  return database
    .query<{ name: string; imageId: string }, [string | null]>(
      "SELECT name, image_id AS imageId FROM image_name WHERE image_id = coalesce(?1, image_id) ORDER BY name",
    )
    .all(id ?? null);
}

/** The repository digests of one image, or of all, sorted. */
export function imageDigests(
  database: Database,
  id?: string,
): { repository: string; digest: Digest; imageId: string }[] {
  return database
    .query<{ repository: string; digest: Digest; imageId: string }, [string | null]>(
      `SELECT repository, digest, image_id AS imageId FROM image_digest
       WHERE image_id = coalesce(?1, image_id) ORDER BY repository, digest`,
    )
    .all(id ?? null);
}

/** The layers of an image, lowest first. */
export function imageLayers(database: Database, id: string): ImageLayerRecord[] {
  return database
    .query<ImageLayerRecord, [string]>(
      `SELECT chain_id AS chainId, diff_id AS diffId, size_bytes AS sizeBytes FROM image_layer
       WHERE image_id = ? ORDER BY position`,
    )
    .all(id);
}

/** Whether an image has a layer above this one; one that ends with the same is none that was built on it. */
export function isBuiltOn(database: Database, chainId: Digest): boolean {
  const sql = `SELECT 1 AS found FROM image_layer AS here JOIN image_layer AS above
    ON above.image_id = here.image_id AND above.position = here.position + 1 WHERE here.chain_id = ? LIMIT 1`;
  return database.query<{ found: number }, [string]>(sql).get(chainId) !== null;
}

/** Every blob with each image that keeps it. */
export function allImageBlobs(database: Database): { digest: Digest; imageId: string }[] {
  return database
    .query<{ digest: Digest; imageId: string }, []>("SELECT digest, image_id AS imageId FROM image_blob")
    .all();
}

/** Every layer with each image that has it. */
export function allImageLayers(database: Database): { chainId: Digest; sizeBytes: number; imageId: string }[] {
  return database
    .query<{ chainId: Digest; sizeBytes: number; imageId: string }, []>(
      "SELECT chain_id AS chainId, size_bytes AS sizeBytes, image_id AS imageId FROM image_layer",
    )
    .all();
}

/** The blobs that only this image keeps, and no step of a build. */
export function blobsOnlyOf(database: Database, id: string): Digest[] {
  return database
    .query<{ digest: Digest }, [string]>(
      `SELECT digest FROM image_blob AS mine WHERE image_id = ?1
       AND NOT EXISTS (SELECT 1 FROM image_blob AS other WHERE other.digest = mine.digest AND other.image_id <> ?1)
       AND NOT EXISTS (SELECT 1 FROM build_step WHERE blob_digest = mine.digest)`,
    )
    .all(id)
    .map(({ digest }) => digest);
}

/** Whether an image has the layer. */
export function isLayerOfImage(database: Database, chainId: Digest): boolean {
  const found = database
    .query<{ found: number }, [string]>("SELECT 1 AS found FROM image_layer WHERE chain_id = ? LIMIT 1")
    .get(chainId);
  return found !== null;
}

/** Whether an image has the layer, or a step of a build keeps it. */
export function isLayerKept(database: Database, chainId: Digest): boolean {
  const found = database
    .query<{ found: number }, [string]>(
      `SELECT 1 AS found FROM image_layer WHERE chain_id = ?1
       UNION ALL SELECT 1 FROM build_step WHERE chain_id = ?1 LIMIT 1`,
    )
    .get(chainId);
  return found !== null;
}

/** The blobs that an image or a step of a build keeps. */
export function keptBlobs(database: Database): Set<Digest> {
  const rows = database
    .query<{ digest: Digest }, []>(
      "SELECT digest FROM image_blob UNION SELECT blob_digest FROM build_step WHERE blob_digest IS NOT NULL",
    )
    .all();
  return new Set(rows.map(({ digest }) => digest));
}

/** Those of the blobs that neither an image nor a step of a build keeps. */
export function unusedBlobs(database: Database, digests: readonly Digest[]): Digest[] {
  const used = database.query<{ found: number }, [string]>(
    "SELECT 1 AS found FROM image_blob WHERE digest = ?1 UNION ALL SELECT 1 FROM build_step WHERE blob_digest = ?1 LIMIT 1",
  );
  return digests.filter((digest) => used.get(digest) === null);
}

/** Ids and names of the containers made from the image, or that mount it. */
export function containersOf(database: Database, imageId: string): { id: string; name: string }[] {
  // Its mounts name an image by the same key as the container itself.
  const sql =
    "SELECT id, name FROM container WHERE image_id = ?1 OR instr(definition, '\"imageId\":\"' || ?1 || '\"') > 0 ORDER BY name";
  return database.query<{ id: string; name: string }, [string]>(sql).all(imageId);
}
