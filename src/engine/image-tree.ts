import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import { allImages, type ImageLayerRecord, imageLayers, imageNames } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { type ImageDetails, inspectImage } from "./inspect-image.ts";

/** A layer, what made it, the names of the images that end with it, and the layers on it. */
export type LayerNode = {
  readonly layer: ImageLayerRecord;
  /** The instruction that made it; undefined where the history does not say. */
  readonly madeBy: string | undefined;
  readonly names: readonly string[];
  readonly children: readonly LayerNode[];
};

/** The layers of an image, lowest first, each the only child of the one below. Throws `not_found`. */
export function imageTree(engine: Engine, text: string): { details: ImageDetails; root: LayerNode | undefined } {
  const details = inspectImage(engine, text);
  const tops = topNames(engine);
  const makers = makersOf(details.config);
  const root = details.layers.reduceRight<LayerNode | undefined>(
    (above, layer, place) => ({
      layer,
      madeBy: makers[place],
      names: tops.get(layer.chainId) ?? [],
      children: above === undefined ? [] : [above],
    }),
    undefined,
  );
  return { details, root };
}

/** The image's topmost layer with everything that other images have built on it. Throws `not_found`. */
export function dependentTree(engine: Engine, text: string): { details: ImageDetails; root: LayerNode | undefined } {
  const details = inspectImage(engine, text);
  const tops = topNames(engine);
  const above = new Map<string, Map<string, ImageLayerRecord>>();
  const makers = new Map<string, string | undefined>();
  for (const { id, config } of allImages(engine.store)) {
    const layers = imageLayers(engine.store, id);
    const instructions = makersOf(parseImageConfig(config));
    for (const [place, layer] of layers.entries()) {
      const below = layers[place - 1]?.chainId ?? "";
      makers.set(layer.chainId, instructions[place]);
      above.set(below, (above.get(below) ?? new Map<string, ImageLayerRecord>()).set(layer.chainId, layer));
    }
  }
  const node = (layer: ImageLayerRecord): LayerNode => ({
    layer,
    madeBy: makers.get(layer.chainId),
    names: tops.get(layer.chainId) ?? [],
    children: [...(above.get(layer.chainId)?.values() ?? [])].map(node),
  });
  const top = details.layers.at(-1);
  return { details, root: top === undefined ? undefined : node(top) };
}

/** The instructions that made the layers, lowest first; none where the history is not of all of them. */
function makersOf({ history, diffIds }: ImageConfig): readonly (string | undefined)[] {
  const made = history.filter(({ emptyLayer }) => emptyLayer !== true);
  return made.length === diffIds.length ? made.map(({ createdBy }) => createdBy) : [];
}

function topNames(engine: Engine): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { id, chainId } of allImages(engine.store)) {
    if (chainId === null) continue;
    names.set(chainId, [...(names.get(chainId) ?? []), ...imageNames(engine.store, id).map(({ name }) => name)]);
  }
  return names;
}
