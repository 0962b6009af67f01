import { parseImageConfig } from "../oci/image-config.ts";
import { choosePlatform, type Platform } from "../oci/platform.ts";
import type { ImageRecord } from "../state/images.ts";

/** The platform that an image says it is for. */
function platformOfImage({ config }: ImageRecord): Platform {
  const { os, architecture, variant } = parseImageConfig(config);
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** Whether an image runs where the wanted platform is. */
export function isForPlatform(image: ImageRecord, wanted: Platform): boolean {
  return choosePlatform([{ platform: platformOfImage(image) }], wanted) !== undefined;
}
