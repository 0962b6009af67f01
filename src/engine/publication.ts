import { BlobWriter, readBlob, streamBlob, streamFile } from "../image/content-store.ts";
import { announceArrival } from "../image/temporary.ts";
import { compress, type Packing } from "../lib/compress.ts";
import { decompress } from "../lib/decompress.ts";
import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type Manifest, parseManifest, printManifest } from "../oci/manifest.ts";
import type { ImageRecord } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { dropUnusedBlobs } from "./receive-image.ts";

/** How an image leaves the store; what is undefined stays as it is stored. */
export type PublicationOptions = {
  readonly format?: "oci" | "docker" | undefined;
  /** How layers are packed. */
  readonly packing?: Packing | undefined;
  /** Which layers are packed anew: those that are not packed at all, those of another kind too, or every one. */
  readonly repack?: "plain" | "others" | "all" | undefined;
  readonly signal: AbortSignal;
};

/**
 * An image as it leaves the store: all of its blobs are in the content store until this is disposed. `manifest` is the document `bytes`.
 */
export type Publication = AsyncDisposable & {
  readonly image: ImageRecord;
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
};

/**
 * Prepares an image for a registry or an archive. Unless options ask for something else it leaves byte for byte as it came. Throws
 * `unsupported` for a format that has no such layers, `corrupt` for a blob that the disk has changed.
 */
export async function publish(engine: Engine, image: ImageRecord, options: PublicationOptions): Promise<Publication> {
  await using made = new AsyncDisposableStack();
  made.use(announceArrival(engine.paths));
  const bytes = await readBlob(engine.paths, image.manifestDigest);
  const stored = parseManifest(bytes, undefined);
  if (stored.kind !== "manifest") throw notAnImage(image);
  const fresh: Digest[] = [];
  made.defer(() => (fresh.length === 0 ? undefined : dropUnusedBlobs(engine, fresh)));
  const layers: Descriptor[] = [];
  for (const layer of stored.layers) {
    const packed = await packLayer(engine, layer, options);
    if (packed.digest !== layer.digest) fresh.push(packed.digest);
    layers.push(packed);
  }
  const manifest = inFormat({ ...stored, layers }, options.format);
  const changed = manifest.mediaType !== stored.mediaType || fresh.length > 0;
  const document = changed ? printManifest(manifest) : bytes;
  const kept = made.move();
  return {
    image,
    manifest,
    bytes: document,
    digest: digestOf(document),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The content of one of its blobs, from an offset on; verified when it is read from the start. */
export function readPublished(engine: Engine, blob: Descriptor, offset = 0): AsyncIterable<Uint8Array> {
  if (offset === 0) return streamBlob(engine.paths, blob.digest);
  const [algorithm = "", hex = ""] = blob.digest.split(":");
  return streamFile(`${engine.paths.blobs}/${algorithm}/${hex}`, offset);
}

/** A layer's blob, packed as the options have it: itself, or another one that the caller drops from the content store after use. */
export async function packLayer(
  engine: Engine,
  layer: Descriptor,
  { packing, repack = "others", signal }: PublicationOptions,
): Promise<Descriptor> {
  const kind = kindOf(layer.mediaType);
  if (packing === undefined) return layer;
  const wanted = repack === "all" || (repack === "others" ? kind !== packing.kind : kind === "none");
  if (!wanted) return layer;
  using writer = new BlobWriter(engine.paths);
  for await (const chunk of compress(decompress(streamBlob(engine.paths, layer.digest)), packing)) {
    signal.throwIfAborted();
    writer.write(chunk);
  }
  return { ...layer, mediaType: TYPES[packing.kind], ...(await writer.commit()) };
}

const TYPES = {
  none: MEDIA_TYPE.ociLayer,
  gzip: MEDIA_TYPE.ociLayerGzip,
  zstd: MEDIA_TYPE.ociLayerZstd,
} as const;

function kindOf(mediaType: string): "none" | "gzip" | "zstd" {
  return mediaType.endsWith("gzip") ? "gzip" : mediaType.endsWith("zstd") ? "zstd" : "none";
}

const DOCKER_TYPES = { none: MEDIA_TYPE.dockerLayer, gzip: MEDIA_TYPE.dockerLayerGzip } as const;

/** The manifest in the words of a format; config and layers stay what they are. */
function inFormat(manifest: Manifest, format: "oci" | "docker" | undefined): Manifest {
  const current = manifest.mediaType === MEDIA_TYPE.dockerManifest ? "docker" : "oci";
  const docker = (format ?? current) === "docker";
  const layers = manifest.layers.map((layer) => {
    const kind = kindOf(layer.mediaType);
    if (!docker) return { ...layer, mediaType: TYPES[kind] };
    if (kind === "zstd") throw noZstd();
    return { ...layer, mediaType: DOCKER_TYPES[kind] };
  });
  return {
    ...manifest,
    mediaType: docker ? MEDIA_TYPE.dockerManifest : MEDIA_TYPE.ociManifest,
    config: { ...manifest.config, mediaType: docker ? MEDIA_TYPE.dockerConfig : MEDIA_TYPE.ociConfig },
    layers,
  };
}

function noZstd(): EstibaError {
  return new EstibaError("unsupported", {
    reason: "image.no_docker_zstd",
    what: "Docker's manifest format has no layers that are packed by zstd",
    fix: "use --format oci, or pack them by gzip: --compression-format gzip --force-compression",
  });
}

function notAnImage({ id }: ImageRecord): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.bad_record",
    what: `the record of image ${id.slice(0, 12)} names what is no image manifest`,
    fix: "run: estiba system check --repair, then pull the image again",
  });
}
