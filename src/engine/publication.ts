import { readBlob, streamBlob, streamFile } from "../image/content-store.ts";
import { announceArrival } from "../image/temporary.ts";
import { EstibaError } from "../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type Manifest, parseManifest, printManifest } from "../oci/manifest.ts";
import type { ImageRecord } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { kindOf, LAYER_TYPES, LateLayers, type PackOptions, packLayer } from "./pack-layer.ts";
import { dropUnusedBlobs } from "./receive-image.ts";

/** How an image leaves the store; what is undefined stays as it is stored. */
export type PublicationOptions = PackOptions & {
  readonly format?: "oci" | "docker" | undefined;
  /** Layers that were packed before are packed when they are asked for: who has them already does not ask. */
  readonly late?: boolean;
};

/**
 * An image as it leaves the store: all of its blobs are in the content store until this is disposed, but for those that are packed late.
 * `manifest` is the document `bytes`.
 */
export type Publication = AsyncDisposable & {
  /** The content of one of its blobs, from an offset on; packed by then. */
  readonly read: (blob: Descriptor, offset: number) => AsyncIterable<Uint8Array>;
  /** What one of its blobs is in the store: the layer that it was packed from, or itself. */
  readonly storedAs: (blob: Descriptor) => Digest;
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
  const late = new LateLayers(engine, options);
  const origins = new Map<Digest, Digest>();
  for (const layer of stored.layers) {
    const packed = (options.late === true ? late.find(layer) : undefined) ?? (await packLayer(engine, layer, options));
    if (packed.digest !== layer.digest) fresh.push(packed.digest);
    origins.set(packed.digest, layer.digest);
    layers.push(packed);
  }
  const manifest = inFormat({ ...stored, layers }, options.format);
  const changed = manifest.mediaType !== stored.mediaType || fresh.length > 0;
  const document = changed ? printManifest(manifest) : bytes;
  const kept = made.move();
  return {
    read: async function* (blob, offset) {
      await late.ready(blob);
      yield* readPublished(engine, blob, offset);
    },
    storedAs: ({ digest }) => origins.get(digest) ?? digest,
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
