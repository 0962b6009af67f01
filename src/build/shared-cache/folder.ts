import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { readPublished } from "../../engine/publication.ts";
import { streamFile } from "../../image/content-store.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { parseManifest, printIndex } from "../../oci/manifest.ts";
import { acquireLock } from "../../state/lock.ts";
import type { SharedCache, SharedCacheTarget } from "./shared-cache.ts";

const REF_NAME = "org.opencontainers.image.ref.name";

/** Results of steps in a folder, which is an OCI layout (image-layout.md). One that is not there yet has none. */
export function folderCache(folder: string): SharedCache {
  return {
    name: folder,
    find: async (key) => {
      const entry = readIndex(folder).find(({ annotations }) => annotations?.[REF_NAME] === key);
      if (entry === undefined) return undefined;
      const bytes = readFileSync(blobPath(folder, entry.digest));
      const manifest = parseManifest(bytes, entry.mediaType);
      if (manifest.kind !== "manifest" || digestOf(bytes) !== entry.digest) return undefined;
      return await Promise.resolve({
        manifest,
        manifestDigest: entry.digest,
        documents: [bytes],
        open: (blob) => streamFile(blobPath(folder, blob.digest)),
      });
    },
  };
}

/** The same as a place where results go; made where it is missing. */
export function folderCacheTarget(engine: Engine, folder: string): SharedCacheTarget {
  return {
    name: folder,
    known: async () =>
      await Promise.resolve(new Set(readIndex(folder).flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []))),
    keep: async (key, { manifest, config, configBytes, layers }) => {
      mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
      for (const blob of layers) await copyBlob(engine, folder, blob);
      replace(blobPath(folder, config.digest), configBytes);
      const digest = digestOf(manifest);
      replace(blobPath(folder, digest), manifest);
      // Two builds may fill it at once.
      using _ = await acquireLock(join(folder, ".lock"), {});
      const entry = {
        mediaType: MEDIA_TYPE.ociManifest,
        digest,
        size: manifest.byteLength,
        annotations: { [REF_NAME]: key },
      };
      const others = readIndex(folder).filter(({ annotations }) => annotations?.[REF_NAME] !== key);
      replace(join(folder, "oci-layout"), Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
      const index = printIndex({ mediaType: MEDIA_TYPE.ociIndex, manifests: [...others, entry] });
      replace(join(folder, "index.json"), index);
    },
  };
}

function readIndex(folder: string): readonly Descriptor[] {
  const path = join(folder, "index.json");
  if (!existsSync(path)) return [];
  const index = parseManifest(readFileSync(path), MEDIA_TYPE.ociIndex);
  return index.kind === "index" ? index.manifests : [];
}

function blobPath(folder: string, digest: Digest): string {
  return join(folder, "blobs", digest.replace(":", "/"));
}

async function copyBlob(engine: Engine, folder: string, blob: Descriptor): Promise<void> {
  const path = blobPath(folder, blob.digest);
  if (statSync(path, { throwIfNoEntry: false })?.size === blob.size) return;
  const temporary = temporaryOf(path);
  await using file = await open(temporary, "wx", 0o644);
  for await (const chunk of readPublished(engine, blob)) await file.write(chunk);
  renameSync(temporary, path);
}

/** Whole or not at all. */
function replace(path: string, bytes: Uint8Array): void {
  const temporary = temporaryOf(path);
  writeFileSync(temporary, bytes, { mode: 0o644, flag: "wx" });
  renameSync(temporary, path);
}

function temporaryOf(path: string): string {
  return `${path}.${process.pid}-${crypto.randomUUID()}`;
}
