import { imageById } from "../../state/images.ts";
import type { Engine } from "../engine.ts";
import { imageMountIds, isImageMounted, mountPoint, unmountUnderLock } from "../image-mounts.ts";
import { lockImages } from "../receive-image.ts";
import type { Finding } from "./finding.ts";

/** Roots of images on the host: those of images that are gone, and places where a mount was cut off. */
export async function checkImageMounts(engine: Engine): Promise<Finding[]> {
  if (imageMountIds(engine).length === 0) return [];
  // Nobody is mounting or unmounting while it is held.
  using _ = await lockImages(engine);
  return imageMountIds(engine)
    .filter((id) => imageById(engine.store, id) === undefined || !isImageMounted(engine, id))
    .map((id) => ({
      kind: "image mount",
      what: `${mountPoint(engine, id)} shows no image`,
      repair: async () => {
        using _lock = await lockImages(engine);
        if (imageById(engine.store, id) === undefined || !isImageMounted(engine, id)) unmountUnderLock(engine, id);
      },
    }));
}
