import { decompress, detectCompression } from "../../lib/decompress.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, Digester, digestOf } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { asObject, asStrings } from "../../oci/json.ts";
import { MAX_DOCUMENT_BYTES, type Manifest } from "../../oci/manifest.ts";
import type { Members } from "./members.ts";
import type { ArchivedImage } from "./open-archive.ts";
import { badArchive } from "./tar-index.ts";

const MAX_MANIFEST_BYTES = 1024 * 1024;

/** The images of a Docker archive (moby, "Docker Image Specification v1.2": manifest.json with Config, RepoTags, Layers). */
export async function dockerImages(members: Members): Promise<ArchivedImage[]> {
  const bytes = await members.read("manifest.json", MAX_MANIFEST_BYTES);
  let entries: unknown;
  try {
    entries = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw badArchive("manifest.json is not JSON", error);
  }
  if (!Array.isArray(entries) || entries.length === 0) throw badArchive("manifest.json lists no image");
  const images: ArchivedImage[] = [];
  for (const entry of entries) images.push(await dockerImage(members, entry));
  return images;
}

async function dockerImage(members: Members, value: unknown): Promise<ArchivedImage> {
  const entry = asObject(value, "an entry of manifest.json");
  const configName = entry["Config"];
  if (typeof configName !== "string") throw badArchive("an image without Config");
  const config = await members.read(configName, MAX_DOCUMENT_BYTES);
  const { diffIds } = parseImageConfig(config);
  const layerNames = asStrings(entry["Layers"], "Layers");
  if (layerNames.length !== diffIds.length) {
    throw badArchive(`manifest.json lists ${layerNames.length} layers, the config ${diffIds.length}`);
  }
  const places = new Map<Digest, () => AsyncIterable<Uint8Array>>();
  const layers: Descriptor[] = [];
  for (const [index, name] of layerNames.entries()) {
    const { layer, open } = await describeLayer(members, name, diffIds[index] as Digest);
    places.set(layer.digest, open);
    layers.push(layer);
  }
  const configDescriptor = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.byteLength };
  places.set(configDescriptor.digest, () => members.stream(configName));
  // Docker archives hold no manifest: this is the one a push would make.
  const manifest: Manifest = { kind: "manifest", mediaType: MEDIA_TYPE.ociManifest, config: configDescriptor, layers };
  const document = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: manifest.mediaType, config: configDescriptor, layers }),
  );
  const open = ({ digest }: Descriptor): AsyncIterable<Uint8Array> => places.get(digest)?.() ?? members.stream("");
  return {
    source: { manifest, manifestDigest: digestOf(document), documents: [document], open },
    names: asStrings(entry["RepoTags"], "RepoTags"),
    shortNamesAt: "docker.io",
  };
}

type ArchivedLayer = { readonly layer: Descriptor; readonly open: () => AsyncIterable<Uint8Array> };

/** A plain layer has its diffId as digest; a compressed one must be hashed as it lies. What no registry takes (xz, bzip2) becomes plain. */
async function describeLayer(members: Members, name: string, diffId: Digest): Promise<ArchivedLayer> {
  const size = members.size(name);
  if (size === undefined) throw badArchive(`it has no layer "${name}"`);
  let head: Uint8Array = new Uint8Array(0);
  for await (const chunk of members.stream(name, 6)) head = chunk;
  const compression = detectCompression(head);
  const open = (): AsyncIterable<Uint8Array> => members.stream(name);
  if (compression === "none") return { layer: { mediaType: MEDIA_TYPE.ociLayer, digest: diffId, size }, open };
  if (compression === "gzip" || compression === "zstd") {
    const digester = new Digester();
    for await (const chunk of open()) digester.update(chunk);
    const mediaType = compression === "gzip" ? MEDIA_TYPE.ociLayerGzip : MEDIA_TYPE.ociLayerZstd;
    return { layer: { mediaType, digest: digester.digest(), size }, open };
  }
  const plain = (): AsyncIterable<Uint8Array> => decompress(open());
  let plainSize = 0;
  for await (const chunk of plain()) plainSize += chunk.byteLength;
  return { layer: { mediaType: MEDIA_TYPE.ociLayer, digest: diffId, size: plainSize }, open: plain };
}
