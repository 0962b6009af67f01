/**
 * What survives a reboot: images, layers, volumes, networks, definitions of containers. One script per schema version; a released
 * script is never edited.
 */
export const DURABLE_MIGRATIONS: readonly string[] = [
  `
  -- which store this is: a file beside it says the same, so that a lost database is not taken for an empty store
  CREATE TABLE store (id TEXT NOT NULL);
  INSERT INTO store (id) VALUES (lower(hex(randomblob(16))));

  -- containers: the definition as JSON (state/container.ts); the row is written before anything of the container exists.
  CREATE TABLE container (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT,
    created_at INTEGER NOT NULL,
    definition TEXT NOT NULL,
    -- how its last run ended, as JSON (state/container.ts ContainerExit)
    last_exit TEXT
  ) WITHOUT ROWID;
  CREATE INDEX container_image ON container (image_id);

  CREATE TABLE volume (
    name TEXT PRIMARY KEY,
    anonymous INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    definition TEXT NOT NULL
  ) WITHOUT ROWID;

  -- images (state/images.ts): an image is known by the hex digits of its config's digest.
  CREATE TABLE image (
    id TEXT PRIMARY KEY,
    -- the config document, byte for byte
    config TEXT NOT NULL,
    manifest_digest TEXT NOT NULL,
    -- chain id of the topmost layer; NULL for an image without layers
    chain_id TEXT,
    -- unpacked size of all its layers
    size_bytes INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    stored_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE image_name (
    name TEXT PRIMARY KEY,
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE
  ) WITHOUT ROWID;
  CREATE INDEX image_name_image ON image_name (image_id);

  -- the digests (of a manifest or an index) a repository knows the image by
  CREATE TABLE image_digest (
    repository TEXT NOT NULL,
    digest TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    PRIMARY KEY (repository, digest)
  ) WITHOUT ROWID;
  CREATE INDEX image_digest_image ON image_digest (image_id);

  CREATE TABLE image_layer (
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    chain_id TEXT NOT NULL,
    diff_id TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (image_id, position)
  ) WITHOUT ROWID;
  CREATE INDEX image_layer_chain ON image_layer (chain_id);

  -- every blob the image keeps in the content store: index, manifest, config, layers
  CREATE TABLE image_blob (
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    PRIMARY KEY (image_id, digest)
  ) WITHOUT ROWID;
  CREATE INDEX image_blob_digest ON image_blob (digest);

  -- networks (state/networks.ts): driver, bridge, subnets and options are in the definition, as JSON
  CREATE TABLE network (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    definition TEXT NOT NULL
  ) WITHOUT ROWID;

  -- layers (state/layers.ts): unpacked, verified, synced; the folder lies in <root>/layers. The row is written last, and deleted first.
  CREATE TABLE layer (
    chain_id TEXT PRIMARY KEY,
    diff_id TEXT NOT NULL,
    parent TEXT REFERENCES layer (chain_id),
    folder TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    entries INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX layer_parent ON layer (parent);
  `,
  `
  -- containers with a restart policy: what became of them, for the next boot (state/run-wish.ts); NULL as long as they were never started
  ALTER TABLE container ADD COLUMN run_wish TEXT;
  `,
  `
  -- what steps of builds have made (state/build-steps.ts), by a digest of all that it depends on; it keeps its layer and its blob
  CREATE TABLE build_step (
    key TEXT PRIMARY KEY,
    -- all NULL for a step that changed no file
    chain_id TEXT,
    diff_id TEXT,
    -- the descriptor as JSON
    blob TEXT,
    blob_digest TEXT,
    title TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX build_step_chain ON build_step (chain_id);
  CREATE INDEX build_step_blob ON build_step (blob_digest);
  `,
  `
  -- secrets, without their data (state/secrets.ts); NULL names those that only containers have
  CREATE TABLE secret (
    id TEXT PRIMARY KEY,
    name TEXT UNIQUE,
    definition TEXT NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- pods (state/pod.ts): the definition as JSON; a container knows its pod
  CREATE TABLE pod (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    definition TEXT NOT NULL
  ) WITHOUT ROWID;
  ALTER TABLE container ADD COLUMN pod_id TEXT;
  CREATE INDEX container_pod ON container (pod_id) WHERE pod_id IS NOT NULL;
  `,
  `
  -- manifest lists (state/manifest-lists.ts): images for several platforms that are pushed under one name; annotations and descriptors as JSON
  CREATE TABLE manifest_list (
    name TEXT PRIMARY KEY,
    annotations TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE manifest_list_entry (
    list TEXT NOT NULL REFERENCES manifest_list (name) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    image_id TEXT NOT NULL REFERENCES image (id),
    descriptor TEXT NOT NULL,
    PRIMARY KEY (list, digest)
  ) WITHOUT ROWID;
  CREATE INDEX manifest_list_entry_image ON manifest_list_entry (image_id);
  `,
  `
  -- containers that are started by a schedule which is in force (state/schedules.ts), and when that is to be next
  CREATE TABLE schedule (
    container_id TEXT PRIMARY KEY REFERENCES container (id) ON DELETE CASCADE,
    due_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
  `
  -- the order in which containers were made
  CREATE INDEX container_made ON container (created_at);
  `,
];
