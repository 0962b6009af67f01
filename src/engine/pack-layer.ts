import { BlobWriter, streamBlob } from "../image/content-store.ts";
import { compress, type Packing } from "../lib/compress.ts";
import { decompress } from "../lib/decompress.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import type { Engine } from "./engine.ts";
import { keepPacked } from "./packed-layers.ts";

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
  if (packing === undefined || !isPacked(layer, packing, options)) return layer;
  using writer = new BlobWriter(engine.paths);
  for await (const chunk of compress(decompress(streamBlob(engine.paths, layer.digest)), packing)) {
    signal.throwIfAborted();
    writer.write(chunk);
  }
  const packed = await writer.commit();
  keepPacked(engine, layer.digest, packing, packed);
  return { ...layer, mediaType: LAYER_TYPES[packing.kind], ...packed };
}

/** True where the options have the layer packed, or packed anew. */
export function isPacked({ mediaType }: Descriptor, packing: Packing, { repack = "others" }: PackOptions): boolean {
  const kind = kindOf(mediaType);
  return repack === "all" || (repack === "others" ? kind !== packing.kind : kind === "none");
}
