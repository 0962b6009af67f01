import { BlobWriter, hasBlob, streamBlob } from "../image/content-store.ts";
import { compress, type Packing } from "../lib/compress.ts";
import { decompress } from "../lib/decompress.ts";
import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Engine } from "./engine.ts";
import { keepPacked, packedBefore } from "./packed-layers.ts";
import { dropUnusedBlobs } from "./receive-image.ts";

export type PackOptions = {
  /** How layers are packed; undefined leaves them as they are. */
  readonly packing?: Packing | undefined;
  /** Which layers are packed anew: those that are not packed at all, those of another kind too, or every one. */
  readonly repack?: "plain" | "others" | "all" | undefined;
  readonly signal: AbortSignal;
};

/** The media types of OCI for layers, by how they are packed. */
export const LAYER_TYPES: Readonly<Record<"none" | "gzip" | "zstd", string>> = {
  none: MEDIA_TYPE.ociLayer,
  gzip: MEDIA_TYPE.ociLayerGzip,
  zstd: MEDIA_TYPE.ociLayerZstd,
};

/** How a layer of this media type is packed. */
export function kindOf(mediaType: string): keyof typeof LAYER_TYPES {
  return mediaType.endsWith("gzip") ? "gzip" : mediaType.endsWith("zstd") ? "zstd" : "none";
}

/** A layer's blob, packed as the options have it: itself, or another one that the caller drops from the content store after use. */
export async function packLayer(engine: Engine, layer: Descriptor, options: PackOptions): Promise<Descriptor> {
  const { packing, signal } = options;
  if (packing === undefined || !isWanted(layer, packing, options)) return layer;
  using writer = new BlobWriter(engine.paths);
  for await (const chunk of compress(decompress(streamBlob(engine.paths, layer.digest)), packing)) {
    signal.throwIfAborted();
    writer.write(chunk);
  }
  const packed = await writer.commit();
  keepPacked(engine, layer.digest, packing, packed);
  return { ...layer, mediaType: LAYER_TYPES[packing.kind], ...packed };
}

function isWanted({ mediaType }: Descriptor, packing: Packing, { repack = "others" }: PackOptions): boolean {
  const kind = kindOf(mediaType);
  return repack === "all" || (repack === "others" ? kind !== packing.kind : kind === "none");
}

/** Layers of which it is known what they become when they are packed, and which need not be packed unless somebody reads them. */
export class LateLayers {
  readonly #engine: Engine;
  readonly #options: PackOptions;
  readonly #layers = new Map<Digest, Descriptor>();
  readonly #begun = new Map<Digest, Promise<void>>();

  constructor(engine: Engine, options: PackOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** The layer as it is when it is packed; undefined for one that was not packed before, or needs no packing. */
  find(layer: Descriptor): Descriptor | undefined {
    const { packing } = this.#options;
    if (packing === undefined || !isWanted(layer, packing, this.#options)) return undefined;
    const known = packedBefore(this.#engine, layer.digest, packing);
    if (known === undefined) return undefined;
    this.#layers.set(known.digest, layer);
    return { ...layer, mediaType: LAYER_TYPES[packing.kind], ...known };
  }

  /** Waits until the blob is in the content store; packs it the first time. */
  async ready(blob: Descriptor): Promise<void> {
    const layer = this.#layers.get(blob.digest);
    if (layer === undefined || hasBlob(this.#engine.paths, blob.digest, blob.size)) return;
    const work = this.#begun.get(blob.digest) ?? this.#pack(layer, blob);
    this.#begun.set(blob.digest, work);
    await work;
  }

  async #pack(layer: Descriptor, { digest }: Descriptor): Promise<void> {
    const packed = await packLayer(this.#engine, layer, this.#options);
    if (packed.digest === digest) return;
    await dropUnusedBlobs(this.#engine, [packed.digest]);
    // What it is now has been kept.
    throw new EstibaError("conflict", {
      reason: "image.packed_differently",
      what: `layer ${layer.digest} was packed to something else than before`,
      fix: "push it again",
      retryable: true,
    });
  }
}
