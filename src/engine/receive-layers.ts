import { BlobWriter, hasBlob, streamBlob } from "../image/content-store.ts";
import type { ImageSource } from "../image/source.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestAlgorithm, digestHex } from "../oci/digest.ts";
import { findLayer } from "../state/layers.ts";
import { acquireLock, type Lock } from "../state/lock.ts";
import { applyLayer } from "../storage/layer-store.ts";
import type { Engine } from "./engine.ts";
import { layerLockPath } from "./locks.ts";

/** One step of a layer's arrival, for whoever watches. Bytes are of the blob as it travels. */
export type TransferProgress = {
  digest: Digest;
  phase: "present" | "transferring" | "unpacking" | "done";
  currentBytes: number;
  totalBytes: number;
};

/** What an arrival reports as it goes: which name is tried, then the layers. */
export type ImageProgress = { kind: "trying"; name: string } | ({ kind: "layer" } & TransferProgress);

/** An image on its way here, and who is told about it. */
export type Arrival = {
  readonly source: ImageSource;
  readonly names: readonly string[];
  readonly repoDigests: readonly { repository: string; digest: Digest }[];
  readonly signal: AbortSignal;
  readonly report: (progress: ImageProgress) => void;
};

/** A layer's blob and what it becomes; `parents` are the chain ids below, lowest first. */
export type Layer = { blob: Descriptor; diffId: Digest; chainId: Digest; parents: Digest[] };

const PARALLEL_LAYERS = 6;

/**
 * Brings the layers of an image, up to six at once: each blob is hashed, kept and unpacked in one stream; what is here is left alone, and what
 * another command is bringing at this moment is waited for. Throws {@link Vanished} when another command removed a layer that was here.
 */
export async function receiveLayers(engine: Engine, arrival: Arrival, layers: readonly Layer[]): Promise<void> {
  // The same blob may stand at several places: it travels once.
  const travels = new Map<Digest, Promise<void>>();
  const here = new Set<Digest>();
  using guard = watchLayers(engine, here);
  const signal = AbortSignal.any([arrival.signal, guard.signal]);
  await inParallel(layers, { limit: PARALLEL_LAYERS, signal }, async (layer, _index, signal) => {
    const earlier = travels.get(layer.blob.digest);
    const work = (earlier ?? Promise.resolve()).then(() => receiveLayer(engine, { ...arrival, signal }, layer));
    travels.set(layer.blob.digest, work);
    await work;
    here.add(layer.chainId);
  });
}

/** A layer that was here may be removed before the image that will use it is recorded; those above it would wait for it in vain. */
export class Vanished extends Error {}

const WATCH_MS = 250;

function watchLayers(engine: Engine, here: ReadonlySet<Digest>): Disposable & { signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    for (const chainId of here) {
      if (findLayer(engine.store, chainId) === undefined)
        controller.abort(new Vanished(`layer ${chainId} was removed`));
    }
  }, WATCH_MS);
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

async function receiveLayer(engine: Engine, arrival: Arrival, layer: Layer): Promise<void> {
  const { blob, chainId } = layer;
  const report = (phase: TransferProgress["phase"], currentBytes: number): void =>
    arrival.report({ kind: "layer", digest: blob.digest, phase, currentBytes, totalBytes: blob.size });
  const isUnpacked = (): boolean => findLayer(engine.store, chainId) !== undefined;
  const isStored = (): boolean => hasBlob(engine.paths, blob.digest, blob.size);
  if (isUnpacked() && isStored()) {
    report("present", blob.size);
    return;
  }
  report("transferring", 0);
  using lock = await lockLayer(engine, chainId, arrival.signal);
  try {
    if (isUnpacked() && isStored()) report("present", blob.size);
    else await bring(engine, arrival, { layer, unpacked: isUnpacked(), stored: isStored(), report });
  } finally {
    lock.discard();
  }
}

// Who finds another bringing the same layer waits for it instead of fetching it once more, and takes over where that one fails. The holder waits
// for nobody but who brings the layers below: so it is held during requests, as no other lock is.
async function lockLayer(engine: Engine, chainId: Digest, signal: AbortSignal): Promise<Lock> {
  return await acquireLock(layerLockPath(engine, digestHex(chainId)), { timeoutMs: Number.POSITIVE_INFINITY, signal });
}

type Missing = {
  readonly layer: Layer;
  readonly unpacked: boolean;
  readonly stored: boolean;
  readonly report: (phase: TransferProgress["phase"], currentBytes: number) => void;
};

async function bring(engine: Engine, arrival: Arrival, { layer, unpacked, stored, report }: Missing): Promise<void> {
  const { blob } = layer;
  report(stored ? "unpacking" : "transferring", 0);
  const bytes = stored ? streamBlob(engine.paths, blob.digest) : keepBlob(engine, arrival, blob, report);
  try {
    if (!unpacked) await unpack(engine, layer, bytes, arrival.signal);
    // The blob is verified and kept when its last byte was seen.
    for await (const _ of bytes);
  } finally {
    await bytes.return(undefined);
  }
  report("done", blob.size);
}

async function unpack(
  engine: Engine,
  layer: Layer,
  bytes: AsyncGenerator<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  // An unpacker may close its source at the end of the archive, before the last byte of the blob: this one stays open.
  const source = { [Symbol.asyncIterator]: () => ({ next: async () => await bytes.next() }) };
  const { diffId, chainId, parents } = layer;
  await applyLayer(engine, { diffId, chainId, parents, source, signal });
}

/** Passes the bytes on while they are hashed and written; the blob is verified before the stream ends, so its reader fails with it. */
async function* keepBlob(
  engine: Engine,
  { source, signal }: Arrival,
  blob: Descriptor,
  report: (phase: "transferring" | "unpacking", currentBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  using writer = new BlobWriter(engine.paths, digestAlgorithm(blob.digest));
  const ticker = new Ticker();
  for await (const chunk of source.open(blob, signal)) {
    writer.write(chunk);
    if (ticker.due()) report("transferring", writer.size);
    yield chunk;
  }
  await writer.commit({ digest: blob.digest, size: blob.size });
  report("unpacking", blob.size);
}

/** True at most ten times a second. */
class Ticker {
  #nextMs = 0;

  due(): boolean {
    const now = performance.now();
    if (now < this.#nextMs) return false;
    this.#nextMs = now + 100;
    return true;
  }
}
