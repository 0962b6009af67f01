import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, Digester, digestAlgorithm, digestHex } from "../../oci/digest.ts";
import { isIndexType, MAX_DOCUMENT_BYTES, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { Platform } from "../../oci/platform.ts";
import { pickEntry } from "../registry/resolve.ts";
import type { Members } from "./members.ts";
import type { ArchivedImage } from "./open-archive.ts";
import { badArchive } from "./tar-index.ts";

/** What containerd and Docker write; it is a whole name, while OCI's own may be a tag alone. */
const CONTAINERD_NAME = "io.containerd.image.name";
const OCI_NAME = "org.opencontainers.image.ref.name";

const MAX_DEPTH = 2;

/** The images of an OCI layout (image-layout.md): each entry of index.json, an index standing for its image of the platform. */
export async function layoutImages(members: Members, platform: Platform): Promise<ArchivedImage[]> {
  const bytes = await members.read("index.json", MAX_DOCUMENT_BYTES);
  const index = parseManifest(bytes, MEDIA_TYPE.ociIndex);
  if (index.kind !== "index") throw badArchive("index.json is not an index");
  if (index.manifests.length === 0) throw badArchive("it holds no image");
  const images: ArchivedImage[] = [];
  for (const entry of groupByDigest(index.manifests)) images.push(await layoutImage(members, entry, platform));
  return images;
}

type NamedEntry = { descriptor: Descriptor; names: string[] };

function groupByDigest(descriptors: readonly Descriptor[]): NamedEntry[] {
  const groups = new Map<Digest, NamedEntry>();
  for (const descriptor of descriptors) {
    const name = descriptor.annotations?.[CONTAINERD_NAME] ?? descriptor.annotations?.[OCI_NAME];
    const group = groups.get(descriptor.digest) ?? { descriptor, names: [] };
    if (name !== undefined) group.names.push(name);
    groups.set(descriptor.digest, group);
  }
  return [...groups.values()];
}

async function layoutImage(
  members: Members,
  { descriptor, names }: NamedEntry,
  platform: Platform,
): Promise<ArchivedImage> {
  const documents: Uint8Array[] = [];
  let entry = descriptor;
  for (let depth = 0; isIndexType(entry.mediaType); depth++) {
    if (depth >= MAX_DEPTH) throw badArchive(`an index within an index more than ${MAX_DEPTH} deep`);
    const bytes = await readVerified(members, entry);
    const index = parseManifest(bytes, entry.mediaType);
    documents.push(bytes);
    if (index.kind === "index") entry = pickEntry(index, platform);
  }
  const bytes = await readVerified(members, entry);
  const manifest = parseManifest(bytes, entry.mediaType) as Manifest;
  documents.push(bytes);
  return {
    source: {
      manifest,
      manifestDigest: entry.digest,
      documents,
      open: (blob) => members.stream(blobName(blob.digest)),
    },
    names,
    shortNamesAt: "localhost",
  };
}

async function readVerified(members: Members, { digest, size }: Descriptor): Promise<Uint8Array> {
  const bytes = await members.read(blobName(digest), MAX_DOCUMENT_BYTES);
  const digester = new Digester(digestAlgorithm(digest));
  digester.update(bytes);
  if (digester.digest() !== digest || bytes.byteLength !== size) throw badArchive(`the manifest ${digest} is damaged`);
  return bytes;
}

function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}
