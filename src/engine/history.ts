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
  const top = layers.at(-1);
  if (top !== undefined) byChain.set(top.chainId, image.id);
  let position = 0;
  // What lies below a step, so that those which add no layer are told apart from the one that does.
  const steps = entries.map((entry) => {
    const layer = entry.emptyLayer === true ? undefined : layers[position++];
    return { entry, layer, chainId: layers[position - 1]?.chainId };
  });
  // An image ends with the newest of the steps that lie on its layers.
  const seen = new Set<string>();
  return steps.reverse().map(({ entry, layer, chainId }, index): HistoryStep => {
    const imageId =
      index === 0 ? image.id : chainId === undefined || seen.has(chainId) ? undefined : byChain.get(chainId);
    if (chainId !== undefined) seen.add(chainId);
    return { ...entry, sizeBytes: layer?.sizeBytes ?? 0, imageId, names: index === 0 ? names : [] };
  });
}
