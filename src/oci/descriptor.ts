import { type Digest, isDigest } from "./digest.ts";
import { asCount, asObject, asOptionalString, asStringMap, badDocument, type JsonObject } from "./json.ts";
import { normalPlatform, type Platform } from "./platform.ts";

/** A platform as an index may describe it beyond what an image is chosen by. */
export type DescribedPlatform = Platform & {
  "os.version"?: string;
  "os.features"?: string[];
  features?: string[];
};

/** What points to a blob: its type, digest and exact size in bytes (OCI image spec, descriptor.md). */
export type Descriptor = {
  mediaType: string;
  digest: Digest;
  size: number;
  platform?: DescribedPlatform;
  annotations?: Record<string, string>;
};

/** Media types that Estiba understands, OCI's and Docker's. */
export const MEDIA_TYPE = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociConfig: "application/vnd.oci.image.config.v1+json",
  ociLayer: "application/vnd.oci.image.layer.v1.tar",
  ociLayerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  ociLayerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar",
  dockerLayerGzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** Reads a descriptor. Foreign `urls` are ignored: content comes from the registry that was asked. Throws `corrupt`. */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  const object = asObject(value, where);
  const digest = object["digest"];
  if (typeof digest !== "string" || !isDigest(digest)) {
    throw badDocument(`${where} has a malformed digest ${JSON.stringify(digest)?.slice(0, 160)}`);
  }
  const mediaType = asOptionalString(object["mediaType"], `the mediaType of ${where}`);
  if (mediaType === undefined) throw badDocument(`${where} has no mediaType`);
  const annotations = asStringMap(object["annotations"], `the annotations of ${where}`);
  const platform = parseDescriptorPlatform(object["platform"], where);
  return {
    mediaType,
    digest,
    size: asCount(object["size"], `the size of ${where}`),
    ...(platform === undefined ? {} : { platform }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function parseDescriptorPlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const object: JsonObject = asObject(value, `the platform of ${where}`);
  const os = asOptionalString(object["os"], `the os of ${where}`);
  const architecture = asOptionalString(object["architecture"], `the architecture of ${where}`);
  if (os === undefined || architecture === undefined) return undefined;
  const variant = asOptionalString(object["variant"], `the variant of ${where}`);
  return normalPlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}
