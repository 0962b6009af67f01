import type { ImageSource } from "../../image/source.ts";
import { type Descriptor, MEDIA_TYPE } from "../../oci/descriptor.ts";
import { type Digest, digestOf } from "../../oci/digest.ts";
import { parseImageConfig } from "../../oci/image-config.ts";
import { asArray, asCount, asObject, asOptionalString, badDocument, parseJsonObject } from "../../oci/json.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { imageOf, readConfig, type SharedStep } from "./shared-cache.ts";

/** A field of an image's config that only builders read: which step has made which of its layers. */
const FIELD = "estiba.build.cache.v1";

/** What an image of these layers says of the steps that it can be built of again. Those of other stages are left out. */
export function inlineCache(
  steps: readonly SharedStep[],
  diffIds: readonly Digest[],
): Readonly<Record<string, unknown>> {
  const told = steps.flatMap(({ key, layer, madeAt, title }) => {
    const place = layer === undefined ? null : diffIds.indexOf(layer.diffId);
    return place === -1 ? [] : [{ key, layer: place, made: madeAt, title }];
  });
  return { [FIELD]: told };
}

/** The steps that an image tells of, each as a source of its own, by key; none where it says nothing. Throws `corrupt`. */
export async function inlineSteps(source: ImageSource, signal: AbortSignal): Promise<ReadonlyMap<string, ImageSource>> {
  const bytes = await readConfig(source, signal);
  const told = parseJsonObject(bytes, "the image config")[FIELD];
  if (told === undefined) return new Map();
  const { diffIds } = parseImageConfig(bytes);
  const layers = source.manifest.layers.map((blob, index) => ({ blob, diffId: diffIds[index] }));
  return new Map(
    asArray(told, FIELD).map((value) => {
      const { key, place, madeAt, title } = stepOf(value);
      const layer = place === undefined ? undefined : layers[place];
      if (place !== undefined && layer?.diffId === undefined) throw badDocument(`${FIELD} names a layer ${place}`);
      const found = layer?.diffId === undefined ? undefined : { blob: layer.blob, diffId: layer.diffId };
      return [key, sourceOf(source, { key, title, madeAt, found })];
    }),
  );
}

type Told = { readonly key: string; readonly title: string; readonly madeAt: number };

function stepOf(value: unknown): Told & { readonly place: number | undefined } {
  const step = asObject(value, `an entry of ${FIELD}`);
  const key = asOptionalString(step["key"], `key of ${FIELD}`) ?? "";
  const title = asOptionalString(step["title"], `title of ${FIELD}`) ?? "";
  const place = step["layer"] === null ? undefined : asCount(step["layer"], `layer of ${FIELD}`);
  return { key, title, madeAt: asCount(step["made"], `made of ${FIELD}`), place };
}

/** One step as the small image that it would be by itself; its layer is the image's. */
function sourceOf(
  image: ImageSource,
  { title, madeAt, found }: Told & { readonly found: { blob: Descriptor; diffId: Digest } | undefined },
): ImageSource {
  const { manifest, config, configBytes } = imageOf(
    { title, madeAt, diffId: found?.diffId },
    found === undefined ? [] : [found.blob],
  );
  const parsed = parseManifest(manifest, MEDIA_TYPE.ociManifest);
  if (parsed.kind !== "manifest") throw badDocument("a step is no image");
  return {
    manifest: parsed,
    manifestDigest: digestOf(manifest),
    documents: [manifest],
    open: (blob, signal) => (blob.digest === config.digest ? once(configBytes) : image.open(blob, signal)),
  };
}

/** Bytes as a stream. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}
