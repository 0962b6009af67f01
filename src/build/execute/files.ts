import { join } from "node:path";
import { keepBlob } from "../../engine/commit/blob.ts";
import type { Engine } from "../../engine/engine.ts";
import { BlobWriter, streamBlob } from "../../image/content-store.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { chainIds, type Digest } from "../../oci/digest.ts";
import { layerPaths } from "../../state/layers.ts";
import { applyLayer, commitLayer } from "../../storage/layer-store.ts";

/** The files of a stage at some point: layers, lowest first. */
export type StageFiles = {
  readonly chain: readonly Digest[];
  readonly diffIds: readonly Digest[];
  readonly blobs: readonly Descriptor[];
};

/** A layer by all its names. */
export type StoredLayer = { readonly chainId: Digest; readonly diffId: Digest; readonly blob: Descriptor };

export const NO_FILES: StageFiles = { chain: [], diffIds: [], blobs: [] };

/** An archive without an entry: two blocks of zeros. */
const EMPTY_BYTES = 1024;

/** The files with one more layer on top. */
export function withLayer(files: StageFiles, { chainId, diffId, blob }: StoredLayer): StageFiles {
  return {
    chain: [...files.chain, chainId],
    diffIds: [...files.diffIds, diffId],
    blobs: [...files.blobs, blob],
  };
}

/**
 * Makes a layer of an archive: read once, unpacked, hashed and compressed on the way. Undefined for an archive without an entry: then
 * nothing has changed and nothing is stored. Throws `exhausted`, the archive's errors, the signal's reason.
 */
export async function storeLayer(
  engine: Engine,
  files: StageFiles,
  archive: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<StoredLayer | undefined> {
  const iterator = archive[Symbol.iterator]();
  const first = iterator.next();
  const second = first.done === true ? first : iterator.next();
  if (first.done === true || (second.done === true && first.value.byteLength <= EMPTY_BYTES)) return undefined;
  using writer = new BlobWriter(engine.paths);
  let mediaType: string = MEDIA_TYPE.ociLayer;
  const whole = rejoin(first.value, second, iterator);
  const kept = keepBlob(whole, writer, { signal, done: (type) => (mediaType = type) });
  const { chainId, diffId } = await commitLayer(engine, { parents: files.chain, archive: kept });
  return { chainId: chainId as Digest, diffId, blob: { mediaType, ...(await writer.commit()) } };
}

/** The same layer on top of other files: unpacked anew, with the blob and the diffId that it has. Throws as a layer's unpacking does. */
export async function restackLayer(
  engine: Engine,
  { chain, diffIds }: StageFiles,
  { diffId, blob }: StoredLayer,
  signal: AbortSignal,
): Promise<StoredLayer> {
  const chainId = chainIds([...diffIds, diffId]).at(-1) ?? diffId;
  const source = streamBlob(engine.paths, blob.digest);
  await applyLayer(engine, { diffId, chainId, parents: chain, source, signal });
  return { chainId, diffId, blob };
}

/** The folders of the layers, topmost first. */
export function layerFolders(engine: Engine, { chain }: StageFiles): string[] {
  return layerPaths(engine.store, chain.at(-1) ?? "").map((folder) => join(engine.paths.layers, folder));
}

function* rejoin(
  first: Uint8Array,
  second: IteratorResult<Uint8Array, unknown>,
  rest: Iterator<Uint8Array>,
): Generator<Uint8Array> {
  try {
    yield first;
    for (let step = second; step.done !== true; step = rest.next()) yield step.value;
  } finally {
    rest.return?.();
  }
}
