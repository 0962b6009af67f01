import { EstibaError } from "../../lib/error.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { ImageSource } from "../source.ts";
import { joinTar, type SplitLayer, splitSize } from "./tar-split.ts";

/** An image in the store of another engine. */
export type ForeignImage = {
  readonly id: string;
  /** As it is written there: `domain/path:tag`, or short. */
  readonly names: readonly string[];
  /** `path@digest` each. */
  readonly repoDigests: readonly string[];
  /** Its config, byte for byte. */
  readonly config: () => Uint8Array;
  /** Its layers, lowest first, as many as its config has. Throws `unsupported` where one cannot be had. */
  readonly layers: () => readonly SplitLayer[];
};

/**
 * Reads an image of another engine as if it came from an archive: config and layers byte for byte, so that id and diffIds stay; the manifest
 * is the one a push would make, since the compressed layers are gone.
 */
export async function foreignSource(image: ForeignImage): Promise<ImageSource> {
  const config = image.config();
  const { diffIds } = parseImageConfig(config);
  const splits = image.layers();
  if (splits.length !== diffIds.length) throw wrongLayers(image, splits.length, diffIds.length);
  const places = new Map<Digest, SplitLayer>();
  const layers: Descriptor[] = [];
  for (const [index, split] of splits.entries()) {
    const digest = diffIds[index] as Digest;
    places.set(digest, split);
    layers.push({ mediaType: MEDIA_TYPE.ociLayer, digest, size: await splitSize(split) });
  }
  const described = { mediaType: MEDIA_TYPE.ociConfig, digest: digestOf(config), size: config.byteLength };
  const mediaType = MEDIA_TYPE.ociManifest;
  const manifest: Manifest = { kind: "manifest", mediaType, config: described, layers };
  const document = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers }));
  return {
    manifest,
    manifestDigest: digestOf(document),
    documents: [document],
    open: (blob) => {
      const split = places.get(blob.digest);
      return split === undefined ? once(config) : joinTar(split);
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function wrongLayers({ id }: ForeignImage, found: number, wanted: number): EstibaError {
  return new EstibaError("corrupt", {
    reason: "image.layer_count",
    what: `the image ${id.slice(0, 12)} has ${found} layers in its store, ${wanted} in its config`,
  });
}
