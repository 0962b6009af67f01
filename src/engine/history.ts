import type { HistoryEntry } from "../oci/image-config.ts";
import { allImages } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { inspectImage } from "./inspect-image.ts";

/** One step of how an image came to be; `sizeBytes` is what its layer adds, `imageId` the local image that ends with it. */
export type HistoryStep = HistoryEntry & { sizeBytes: number; imageId: string | undefined; names: string[] };

/** The steps of an image, newest first. Throws `not_found`. */
export function imageHistory(engine: Engine, text: string): HistoryStep[] {
  const { image, config, layers, names } = inspectImage(engine, text);
  // An image without history still has its layers to show.
  const entries = config.history.length > 0 ? config.history : layers.map((): HistoryEntry => ({}));
  const byChain = new Map(allImages(engine.store).map(({ chainId, id }) => [chainId, id]));
  let position = 0;
  const steps = entries.map((entry, index): HistoryStep => {
    const layer = entry.emptyLayer === true ? undefined : layers[position++];
    const last = index === entries.length - 1;
    const imageId = last ? image.id : layer === undefined ? undefined : byChain.get(layer.chainId);
    return { ...entry, sizeBytes: layer?.sizeBytes ?? 0, imageId: imageId, names: last ? names : [] };
  });
  return steps.reverse();
}
