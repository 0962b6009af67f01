import { join } from "node:path";
import { readBlob } from "../image/content-store.ts";
import { isEstibaError } from "../lib/error.ts";
import { MEDIA_TYPE } from "../oci/descriptor.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { parseJsonObject } from "../oci/json.ts";
import { type ImageLayerRecord, type ImageRecord, imageDigests, imageLayers, imageNames } from "../state/images.ts";
import { layerPaths } from "../state/layers.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";

/** Everything known about one image. */
export type ImageDetails = {
  image: ImageRecord;
  config: ImageConfig;
  names: string[];
  repoDigests: string[];
  /** Lowest first. */
  layers: ImageLayerRecord[];
};

/** One image in full. Throws `not_found`. */
export function inspectImage(engine: Engine, text: string): ImageDetails {
  const { image } = findImage(engine, text);
  return {
    image,
    config: parseImageConfig(image.config),
    names: imageNames(engine.store, image.id).map(({ name }) => name),
    repoDigests: imageDigests(engine.store, image.id).map(({ repository, digest }) => `${repository}@${digest}`),
    layers: imageLayers(engine.store, image.id),
  };
}

/** The folders of the unpacked layers, topmost first. Throws `not_found` when the store has lost one. */
export function layerFolders(engine: Engine, { chainId }: ImageRecord): string[] {
  return layerPaths(engine.store, chainId ?? "").map((folder) => join(engine.paths.layers, folder));
}

/** The media type of the image's manifest; OCI's where the manifest has been lost or names none. */
export async function manifestTypeOf(engine: Engine, { manifestDigest }: ImageRecord): Promise<string> {
  try {
    const manifest = parseJsonObject(await readBlob(engine.paths, manifestDigest), "the manifest");
    return typeof manifest["mediaType"] === "string" ? manifest["mediaType"] : MEDIA_TYPE.ociManifest;
  } catch (error) {
    if (isEstibaError(error, "not_found", "corrupt")) return MEDIA_TYPE.ociManifest;
    throw error;
  }
}
