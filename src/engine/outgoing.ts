import { streamBlob } from "../image/content-store.ts";
import { compress, type Packing } from "../lib/compress.ts";
import { decompress } from "../lib/decompress.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, Digester } from "../oci/digest.ts";
import type { ImageRecord } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { isPacked, LAYER_TYPES } from "./pack-layer.ts";
import { keepPacked, packedBefore } from "./packed-layers.ts";
import {
  type PublicationOptions,
  type PublishedManifest,
  readManifest,
  readPublished,
  withLayers,
} from "./publication.ts";

/** A blob that leaves the store for a registry: as it is, or packed on its way. */
export type OutgoingBlob = {
  readonly stored: Descriptor;
  /** True: it is packed on its way, and is nowhere here afterwards. */
  readonly isPacked: boolean;
  /** What arrives. Of one that is packed: what it became before, until it has been read to its end; undefined where it never was. */
  readonly arriving: () => Descriptor | undefined;
  /** What arrives, from an offset on; of one that is packed, `taken` hears how much of what is stored has gone into it. */
  readonly read: (offset: number, taken: (bytes: number) => void) => AsyncIterable<Uint8Array>;
};

/** An image that leaves for a registry. Nothing is made for it here. */
export type Outgoing = {
  /** Each once. */
  readonly blobs: readonly OutgoingBlob[];
  /** The manifest that names what has arrived: known when all of it has. */
  readonly manifest: () => PublishedManifest;
};

/**
 * Prepares an image for a registry. Unless options ask for something else it leaves byte for byte as it came. Throws `unsupported` for a format
 * that has no such layers, `corrupt` for a record that the disk has changed.
 */
export async function prepareOutgoing(
  engine: Engine,
  image: ImageRecord,
  options: PublicationOptions,
): Promise<Outgoing> {
  const stored = await readManifest(engine, image);
  const { layers, config } = stored.manifest;
  const blobs = new Map<Digest, OutgoingBlob>();
  for (const blob of layers) if (!blobs.has(blob.digest)) blobs.set(blob.digest, outgoingLayer(engine, blob, options));
  // What the format does not have is refused before anything travels.
  withLayers(
    stored,
    layers.map((layer) => ({ ...layer, mediaType: typeOf(layer, options) })),
    options.format,
  );
  return {
    blobs: [...blobs.values(), asStored(engine, config)],
    manifest: () => {
      const arrived = layers.map((layer) => blobs.get(layer.digest)?.arriving() ?? layer);
      return withLayers(stored, arrived, options.format);
    },
  };
}

function typeOf(layer: Descriptor, options: PublicationOptions): string {
  const { packing } = options;
  return packing !== undefined && isPacked(layer, packing, options) ? LAYER_TYPES[packing.kind] : layer.mediaType;
}

function outgoingLayer(engine: Engine, layer: Descriptor, options: PublicationOptions): OutgoingBlob {
  const { packing, signal } = options;
  if (packing === undefined || !isPacked(layer, packing, options)) return asStored(engine, layer);
  const mediaType = LAYER_TYPES[packing.kind];
  let known = packedBefore(engine, layer.digest, packing);
  return {
    stored: layer,
    isPacked: true,
    arriving: () => (known === undefined ? undefined : { ...layer, mediaType, ...known }),
    read: async function* (offset, taken) {
      const digester = new Digester();
      let size = 0;
      for await (const chunk of packed(engine, layer, { packing, taken })) {
        signal.throwIfAborted();
        digester.update(chunk);
        const before = Math.max(0, offset - size);
        size += chunk.byteLength;
        if (before < chunk.byteLength) yield chunk.subarray(before);
      }
      known = { digest: digester.digest(), size };
      keepPacked(engine, layer.digest, packing, known);
    },
  };
}

type PackedRead = { readonly packing: Packing; readonly taken: (bytes: number) => void };

function packed(engine: Engine, layer: Descriptor, { packing, taken }: PackedRead): AsyncIterable<Uint8Array> {
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of streamBlob(engine.paths, layer.digest)) {
      bytes += chunk.byteLength;
      taken(bytes);
      yield chunk;
    }
  };
  return compress(decompress(counted()), packing);
}

function asStored(engine: Engine, blob: Descriptor): OutgoingBlob {
  return {
    stored: blob,
    isPacked: false,
    arriving: () => blob,
    read: (offset) => readPublished(engine, blob, offset),
  };
}
