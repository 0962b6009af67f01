import { allImages, type ImageLayerRecord, imageLayers, imageNames } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { type ImageDetails, inspectImage } from "./inspect-image.ts";

/** A layer, the names of the images that end with it, and the layers on it. */
export type LayerNode = {
  readonly layer: ImageLayerRecord;
  readonly names: readonly string[];
  readonly children: readonly LayerNode[];
};

/** The layers of an image, lowest first, each the only child of the one below. Throws `not_found`. */
export function imageTree(engine: Engine, text: string): { details: ImageDetails; root: LayerNode | undefined } {
  const details = inspectImage(engine, text);
  const tops = topNames(engine);
  const root = details.layers.reduceRight<LayerNode | undefined>(
    (above, layer) => ({ layer, names: tops.get(layer.chainId) ?? [], children: above === undefined ? [] : [above] }),
    undefined,
  );
  return { details, root };
}

/** The image's topmost layer with everything that other images have built on it. Throws `not_found`. */
export function dependentTree(engine: Engine, text: string): { details: ImageDetails; root: LayerNode | undefined } {
  const details = inspectImage(engine, text);
  const tops = topNames(engine);
  const above = new Map<string, Map<string, ImageLayerRecord>>();
  for (const { id } of allImages(engine.store)) {
    const layers = imageLayers(engine.store, id);
    for (const [place, layer] of layers.entries()) {
      const below = layers[place - 1]?.chainId ?? "";
      above.set(below, (above.get(below) ?? new Map<string, ImageLayerRecord>()).set(layer.chainId, layer));
    }
  }
  const node = (layer: ImageLayerRecord): LayerNode => ({
    layer,
    names: tops.get(layer.chainId) ?? [],
    children: [...(above.get(layer.chainId)?.values() ?? [])].map(node),
  });
  const top = details.layers.at(-1);
  return { details, root: top === undefined ? undefined : node(top) };
}

function topNames(engine: Engine): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { id, chainId } of allImages(engine.store)) {
    if (chainId === null) continue;
    names.set(chainId, [...(names.get(chainId) ?? []), ...imageNames(engine.store, id).map(({ name }) => name)]);
  }
  return names;
}
