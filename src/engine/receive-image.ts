import { blobFiles, hasBlob, putBlob, streamBlob, syncBlobNames } from "../image/content-store.ts";
import type { ImageSource } from "../image/source.ts";
import { announceArrival } from "../image/temporary.ts";
import { EstibaError, isEstibaError } from "../lib/error.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { chainIds, type Digest, Digester, digestAlgorithm, digestHex, digestOf } from "../oci/digest.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { MAX_DOCUMENT_BYTES, type Manifest } from "../oci/manifest.ts";
import { syncLog, transactionToSync } from "../state/database.ts";
import { type ImageRecord, imageById, type NewImage, recordImage, unusedBlobs } from "../state/images.ts";
import { findLayer } from "../state/layers.ts";
import { acquireLock, type Lock } from "../state/lock.ts";
import type { Engine } from "./engine.ts";
import { type Arrival, type Layer, receiveLayers, Vanished } from "./receive-layers.ts";
import { deleteAside, setAside } from "./set-aside.ts";

/** How often what others have taken away meanwhile is brought again. */
export const ATTEMPTS = 3;

/**
 * Brings one image into the store: documents and blobs by digest, layers unpacked, the record last, in one transaction. What is here
 * already is not fetched. Digest and size of every blob and the diffId of every layer are verified before they count; on failure no image
 * is recorded. Two processes may receive the same image at once. Throws `corrupt`, `exhausted`, `cancelled` and the source's errors.
 */
export async function receiveImage(engine: Engine, arrival: Arrival): Promise<ImageRecord> {
  const { source, signal } = arrival;
  using _ = announceArrival(engine.paths);
  for (let attempt = 1; ; attempt++) {
    try {
      const configBytes = await receiveDocument(engine, source, source.manifest.config, signal);
      const config = parseImageConfig(configBytes);
      const layers = pairLayers(source.manifest, config);
      await receiveLayers(engine, arrival, layers);
      for (const document of source.documents) await putBlob(engine.paths, document);
      await putBlob(engine.paths, configBytes);
      if (await record(engine, arrival, { config, configBytes, layers })) {
        const image = imageById(engine.store, digestHex(source.manifest.config.digest));
        if (image !== undefined) return image;
      }
    } catch (error) {
      // A layer may also be gone just when the next one is put on it, a blob just when it is opened.
      if (!(error instanceof Vanished) && !isParentGone(error) && !isBlobGone(error)) throw error;
      if (attempt >= ATTEMPTS && isBlobGone(error)) throw error;
    }
    // Another command removed a part while we brought the rest: bring it again.
    if (attempt >= ATTEMPTS) throw vanished(source.manifestDigest);
  }
}

/** Whether a blob that was in the store was not there any more when it was to be read: the last image that had it was removed. */
export function isBlobGone(error: unknown): boolean {
  return isEstibaError(error, "not_found") && error.reason === "image.store_failed";
}

function isParentGone(error: unknown): boolean {
  return error instanceof EstibaError && error.reason === "state.no_layer";
}

/** Guards the moments in which images are recorded or forgotten and their files freed; never held across a request. */
export async function lockImages(engine: Engine, signal?: AbortSignal): Promise<Lock> {
  return await acquireLock(engine.paths.imageLock, signal === undefined ? {} : { signal });
}

/** Takes blobs away that no image keeps: those of an image that did not come to be. */
export async function dropUnusedBlobs(engine: Engine, digests: readonly Digest[]): Promise<void> {
  await deleteAside(await takeUnusedBlobs(engine, digests));
}

async function takeUnusedBlobs(engine: Engine, digests: readonly Digest[]): Promise<string[]> {
  using _ = await lockImages(engine);
  return setAside(engine, blobFiles(engine.paths, unusedBlobs(engine.store, digests)));
}

type Ready = { config: ImageConfig; configBytes: Uint8Array; layers: readonly Layer[] };

async function receiveDocument(
  engine: Engine,
  source: ImageSource,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (blob.size > MAX_DOCUMENT_BYTES) throw tooLarge(blob);
  const chunks: Uint8Array[] = [];
  const stream = hasBlob(engine.paths, blob.digest, blob.size)
    ? streamBlob(engine.paths, blob.digest)
    : source.open(blob, signal);
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > MAX_DOCUMENT_BYTES) throw tooLarge(blob);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const digester = new Digester(digestAlgorithm(blob.digest));
  digester.update(bytes);
  if (digester.digest() === blob.digest && bytes.byteLength === blob.size) return bytes;
  throw new EstibaError("corrupt", {
    reason: "image.digest_mismatch",
    what: `the image config is not what was announced: ${blob.digest}`,
    details: { digest: blob.digest },
  });
}

function pairLayers(manifest: Manifest, config: ImageConfig): Layer[] {
  const { layers } = manifest;
  if (layers.length !== config.diffIds.length) {
    throw new EstibaError("corrupt", {
      reason: "image.layer_count",
      what: `the manifest has ${layers.length} layers, its config ${config.diffIds.length}`,
    });
  }
  const chain = chainIds(config.diffIds);
  return layers.map((blob, index) => ({
    blob,
    diffId: config.diffIds[index] as Digest,
    chainId: chain[index] as Digest,
    parents: chain.slice(0, index),
  }));
}

async function record(engine: Engine, arrival: Arrival, ready: Ready): Promise<boolean> {
  // Twice: what takes the disk its time is done before others have to wait for it.
  syncBlobNames(engine.paths);
  const recorded = await recordUnderLock(engine, arrival, ready);
  syncLog(engine.store);
  return recorded;
}

async function recordUnderLock(engine: Engine, arrival: Arrival, ready: Ready): Promise<boolean> {
  const { source, signal } = arrival;
  using _ = await lockImages(engine, signal);
  const sizes = ready.layers.map(({ chainId }) => findLayer(engine.store, chainId)?.sizeBytes);
  const documents = source.documents.map((bytes) => ({ digest: digestOf(bytes), size: bytes.byteLength }));
  const blobs = [...documents, source.manifest.config, ...source.manifest.layers];
  if (sizes.includes(undefined) || !blobs.every(({ digest, size }) => hasBlob(engine.paths, digest, size)))
    return false;
  syncBlobNames(engine.paths);
  transactionToSync(engine.store, () => recordImage(engine.store, newImage(arrival, ready, sizes as number[])));
  return true;
}

function newImage({ source, names, repoDigests }: Arrival, ready: Ready, sizes: readonly number[]): NewImage {
  const { config, layers } = ready;
  const now = Date.now();
  const created = Date.parse(config.created ?? "");
  return {
    id: digestHex(source.manifest.config.digest),
    config: new TextDecoder().decode(ready.configBytes),
    manifestDigest: source.manifestDigest,
    chainId: layers.at(-1)?.chainId ?? null,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    createdAtMs: Number.isNaN(created) ? now : created,
    storedAtMs: now,
    layers: layers.map(({ chainId, diffId }, index) => ({ chainId, diffId, sizeBytes: sizes[index] ?? 0 })),
    blobs: [
      ...source.documents.map((document) => digestOf(document)),
      source.manifest.config.digest,
      ...source.manifest.layers.map(({ digest }) => digest),
    ],
    names,
    repoDigests,
  };
}

function tooLarge(blob: Descriptor): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.config_too_large",
    what: `the image config ${blob.digest} has more than ${MAX_DOCUMENT_BYTES} bytes`,
  });
}

function vanished(digest: Digest): EstibaError {
  return new EstibaError("conflict", {
    reason: "image.removed_meanwhile",
    what: `parts of image ${digest} were removed again and again while it was being stored`,
    fix: "try again when no other command removes images",
    retryable: true,
  });
}
