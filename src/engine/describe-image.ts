import { putBlob, streamBlob } from "../image/content-store.ts";
import type { ImageSource } from "../image/source.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import { type ImageConfig, printImageConfig } from "../oci/image-config.ts";
import { type Manifest, printManifest } from "../oci/manifest.ts";
import type { Engine } from "./engine.ts";

/** The kinds of manifest that an image made here may have. */
export type ImageFormat = "oci" | "docker";

type Described = {
  readonly config: ImageConfig;
  /** Blobs that are in the content store, lowest first. */
  readonly layers: readonly Descriptor[];
  readonly format?: ImageFormat;
  /** Of the manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of the config that its specification does not know. */
  readonly further?: Readonly<Record<string, unknown>>;
};

/** Keeps the config of an image that was made here and writes its manifest: what `receiveImage` takes and records. */
export async function describeImage(
  engine: Engine,
  { config, layers, format = "oci", annotations = {}, further = {} }: Described,
): Promise<ImageSource> {
  const bytes = Buffer.from(printImageConfig(config, further));
  const docker = format === "docker";
  const described = {
    mediaType: docker ? MEDIA_TYPE.dockerConfig : MEDIA_TYPE.ociConfig,
    digest: await putBlob(engine.paths, bytes),
    size: bytes.byteLength,
  };
  const mediaType = docker ? MEDIA_TYPE.dockerManifest : MEDIA_TYPE.ociManifest;
  const typed = layers.map(({ mediaType: type, digest, size }) => ({
    mediaType: layerType(type, format),
    digest,
    size,
  }));
  const manifest: Manifest = {
    kind: "manifest",
    mediaType,
    config: described,
    layers: typed,
    annotations: { ...annotations },
  };
  const document = printManifest(manifest);
  return {
    manifest,
    manifestDigest: digestOf(document),
    documents: [document],
    open: (blob) => streamBlob(engine.paths, blob.digest),
  };
}

const TO_DOCKER: Readonly<Record<string, string>> = {
  [MEDIA_TYPE.ociLayer]: MEDIA_TYPE.dockerLayer,
  [MEDIA_TYPE.ociLayerGzip]: MEDIA_TYPE.dockerLayerGzip,
};
const TO_OCI: Readonly<Record<string, string>> = {
  [MEDIA_TYPE.dockerLayer]: MEDIA_TYPE.ociLayer,
  [MEDIA_TYPE.dockerLayerGzip]: MEDIA_TYPE.ociLayerGzip,
};

// The same bytes have a name in each format; what only one of them knows, zstd say, keeps its own.
function layerType(type: string, format: ImageFormat): string {
  return (format === "docker" ? TO_DOCKER : TO_OCI)[type] ?? type;
}
