import { closeSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { chainIds } from "../oci/digest.ts";
import { parseImageConfig } from "../oci/image-config.ts";
import type { ImageRecord } from "../state/images.ts";
import { openLayers } from "../storage/snapshot.ts";
import { layerFolders, NO_FILES } from "./execute/files.ts";

/** The files of an image, as an O_PATH descriptor until it is disposed. */
export function openImageFiles(engine: Engine, image: ImageRecord): Disposable & { readonly fd: number } {
  const { diffIds } = parseImageConfig(image.config);
  const files = { ...NO_FILES, chain: chainIds(diffIds), diffIds };
  const fd = openLayers(layerFolders(engine, files), join(engine.paths.runRoot, "empty"));
  return { fd, [Symbol.dispose]: () => closeSync(fd) };
}
