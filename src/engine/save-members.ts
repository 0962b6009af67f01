import { type Descriptor, MEDIA_TYPE } from "../oci/descriptor.ts";
import { type Digest, digestHex } from "../oci/digest.ts";
import type { Publication } from "./publication.ts";

/** An image with the names it has in an archive. */
export type NamedPublication = { readonly publication: Publication; readonly names: readonly string[] };

/** One file of an archive or a folder. */
export type SavedMember =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly blob: Descriptor };

const REF_NAME = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME = "io.containerd.image.name";

/**
 * The files of an OCI layout (image-layout.md) in their order; `docker-archive` has a manifest.json besides, which points to the same
 * blobs (moby, "Docker Image Specification v1.2"), as `docker save` does it since version 25. Pure.
 */
export function archiveMembers(
  images: readonly NamedPublication[],
  format: "docker-archive" | "oci-archive",
): SavedMember[] {
  const blobs = new Map<Digest, SavedMember>();
  for (const { publication } of images) {
    const { manifest, bytes, digest } = publication;
    for (const blob of [...manifest.layers, manifest.config])
      blobs.set(blob.digest, { name: blobName(blob.digest), blob });
    blobs.set(digest, { name: blobName(digest), bytes });
  }
  const index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.ociIndex,
    manifests: images.flatMap((image) => entries(image, format)),
  };
  return [
    { name: "oci-layout", bytes: json({ imageLayoutVersion: "1.0.0" }) },
    ...[...blobs.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    { name: "index.json", bytes: json(index) },
    ...(format === "docker-archive" ? [{ name: "manifest.json", bytes: json(images.map(dockerEntry)) }] : []),
  ];
}

/** The files of a `dir:` folder (containers-transports(5)), which holds one image. Pure. */
export function folderMembers([image]: readonly NamedPublication[]): SavedMember[] {
  if (image === undefined) return [];
  const { manifest, bytes } = image.publication;
  const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [blob.digest, blob]));
  return [
    { name: "version", bytes: Buffer.from("Directory Transport Version: 1.1\n") },
    ...[...blobs.values()].map((blob) => ({ name: digestHex(blob.digest), blob })),
    { name: "manifest.json", bytes },
  ];
}

function entries({ publication, names }: NamedPublication, format: "docker-archive" | "oci-archive"): object[] {
  const { manifest, bytes, digest } = publication;
  const descriptor = { mediaType: manifest.mediaType, digest, size: bytes.byteLength };
  if (names.length === 0) return [descriptor];
  return names.map((name) => {
    // Podman looks for the whole name in its own archives, Docker for the tag.
    const shown = format === "docker-archive" ? name.slice(name.lastIndexOf(":") + 1) : name;
    return { ...descriptor, annotations: { [CONTAINERD_NAME]: name, [REF_NAME]: shown } };
  });
}

function dockerEntry({ publication, names }: NamedPublication): object {
  const { config, layers } = publication.manifest;
  return { Config: blobName(config.digest), RepoTags: names, Layers: layers.map(({ digest }) => blobName(digest)) };
}

function blobName(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
