import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { isMountPoint, mountOverlay, unmountDetached } from "../host/mount.ts";
import { hasCode } from "../lib/has-code.ts";
import type { ImageRecord } from "../state/images.ts";
import type { Engine } from "./engine.ts";
import { findImage } from "./find-image.ts";
import { layerFolders } from "./inspect-image.ts";
import { lockImages } from "./receive-image.ts";

/** An image's root on the host. */
export type ImageMountPoint = { readonly image: ImageRecord; readonly path: string };

/**
 * Shows an image's root on the host, read-only, until {@link unmountImage}, its removal with force, or the next boot. Mounted already:
 * nothing happens. Throws `not_found`.
 */
export async function mountImage(engine: Engine, text: string): Promise<ImageMountPoint> {
  using _ = await lockImages(engine);
  const { image } = findImage(engine, text);
  const path = mountPoint(engine, image.id);
  if (isMountPoint(path)) return { image, path };
  const empty = join(engine.paths.runRoot, "empty");
  for (const folder of [path, empty]) mkdirSync(folder, { recursive: true, mode: 0o755 });
  // A read-only overlay takes two folders at least.
  mountOverlay({ target: path, lowers: [...layerFolders(engine, image), empty, empty].slice(0, -1), options: OPTIONS });
  return { image, path };
}

const OPTIONS = ["index=off", "metacopy=off", "redirect_dir=nofollow"];

/** True when it was mounted. Users of files in it keep them until they are done. */
export async function unmountImage(engine: Engine, id: string): Promise<boolean> {
  using _ = await lockImages(engine);
  return unmountUnderLock(engine, id);
}

/** {@link unmountImage} for who has the lock of images: without it, another one may just be mounting it. */
export function unmountUnderLock(engine: Engine, id: string): boolean {
  const path = mountPoint(engine, id);
  const was = unmountDetached(path);
  try {
    rmdirSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  return was;
}

export function isImageMounted(engine: Engine, id: string): boolean {
  return isMountPoint(mountPoint(engine, id));
}

/** The ids of the images that have a place on the host, mounted there or not. */
export function imageMountIds(engine: Engine): string[] {
  return folderNames(join(engine.paths.runRoot, "image-mounts"));
}

/** Where an image appears on the host. */
export function mountPoint(engine: Engine, id: string): string {
  return join(engine.paths.runRoot, "image-mounts", id);
}
