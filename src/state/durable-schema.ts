/**
 * What survives a reboot: images, layers, volumes, networks, definitions of containers. One script per schema version; a released
 * script is never edited.
 */
export const DURABLE_MIGRATIONS: readonly string[] = [
  `
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
  `,
];
