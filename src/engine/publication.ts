import { readBlob, streamBlob, streamFile } from "../image/content-store.ts";
import { announceArrival } from "../image/temporary.ts";
import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type Manifest, parseManifest, printManifest } from "../oci/manifest.ts";
import type { ImageRecord } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { kindOf, LAYER_TYPES, type PackOptions, packLayer } from "./pack-layer.ts";
import { dropUnusedBlobs } from "./receive-image.ts";

/** How an image leaves the store; what is undefined stays as it is stored. */
export type PublicationOptions = PackOptions & {
  readonly format?: "oci" | "docker" | undefined;
};

/** The manifest of an image that leaves the store; `manifest` is the document `bytes`. */
export type PublishedManifest = { readonly manifest: Manifest; readonly bytes: Uint8Array; readonly digest: Digest };

/** An image as it leaves the store: all of its blobs are in the content store until this is disposed. */
export type Publication = AsyncDisposable & PublishedManifest;

/**
 * Prepares an image for an archive or a folder. Unless options ask for something else it leaves byte for byte as it came. Throws
 * `unsupported` for a format that has no such layers, `corrupt` for a blob that the disk has changed.
 */
export async function publish(engine: Engine, image: ImageRecord, options: PublicationOptions): Promise<Publication> {
  await using made = new AsyncDisposableStack();
  made.use(announceArrival(engine.paths));
  const stored = await readManifest(engine, image);
  const fresh: Digest[] = [];
  made.defer(() => (fresh.length === 0 ? undefined : dropUnusedBlobs(engine, fresh)));
  const layers: Descriptor[] = [];
  for (const layer of stored.manifest.layers) {
    const packed = await packLayer(engine, layer, options);
    if (packed.digest !== layer.digest) fresh.push(packed.digest);
    layers.push(packed);
  }
  const published = withLayers(stored, layers, options.format);
  const kept = made.move();
  return { ...published, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The manifest of an image, as it is stored. Throws `corrupt`. */
export async function readManifest(engine: Engine, image: ImageRecord): Promise<PublishedManifest> {
  const bytes = await readBlob(engine.paths, image.manifestDigest);
  const manifest = parseManifest(bytes, undefined);
  if (manifest.kind !== "manifest") throw notAnImage(image);
  return { manifest, bytes, digest: image.manifestDigest };
}

/** The manifest with what its layers have become, in a format; byte for byte the same where nothing changes. Throws `unsupported`. */
export function withLayers(
  stored: PublishedManifest,
  layers: readonly Descriptor[],
  format: "oci" | "docker" | undefined,
): PublishedManifest {
  const manifest = inFormat({ ...stored.manifest, layers: [...layers] }, format);
  const same =
    manifest.mediaType === stored.manifest.mediaType &&
    layers.every(({ digest }, index) => digest === stored.manifest.layers[index]?.digest);
  if (same) return { ...stored, manifest };
  const bytes = printManifest(manifest);
  return { manifest, bytes, digest: digestOf(bytes) };
}

/** The content of one of its blobs, from an offset on; verified when it is read from the start. */
export function readPublished(engine: Engine, blob: Descriptor, offset = 0): AsyncIterable<Uint8Array> {
  if (offset === 0) return streamBlob(engine.paths, blob.digest);
  const [algorithm = "", hex = ""] = blob.digest.split(":");
  return streamFile(`${engine.paths.blobs}/${algorithm}/${hex}`, offset);
}

const DOCKER_TYPES = { none: MEDIA_TYPE.dockerLayer, gzip: MEDIA_TYPE.dockerLayerGzip } as const;

/** The manifest in the words of a format; config and layers stay what they are. */
function inFormat(manifest: Manifest, format: "oci" | "docker" | undefined): Manifest {
  const current = manifest.mediaType === MEDIA_TYPE.dockerManifest ? "docker" : "oci";
  const docker = (format ?? current) === "docker";
  const layers = manifest.layers.map((layer) => {
    const kind = kindOf(layer.mediaType);
    if (!docker) return { ...layer, mediaType: LAYER_TYPES[kind] };
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
