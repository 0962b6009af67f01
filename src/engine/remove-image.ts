import { blobFiles } from "../image/content-store.ts";
import { heldByArrivals } from "../image/temporary.ts";
import { EstibaError } from "../lib/error.ts";
import type { Digest } from "../oci/digest.ts";
import { transaction } from "../state/database.ts";
import {
  blobsOnlyOf,
  containersOf,
  forgetImage,
  forgetImageName,
  type ImageRecord,
  imageLayers,
  imageNames,
  isLayerKept,
} from "../state/images.ts";
import { deleteManifestListEntriesOf, manifestListsOf } from "../state/manifest-lists.ts";
import { forgetLayers } from "../storage/layer-store.ts";
import { emitEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { type FoundImage, findImage } from "./find-image.ts";
import { isImageMounted, unmountUnderLock } from "./image-mounts.ts";
import { lockImages } from "./receive-image.ts";
import { removeContainer } from "./remove.ts";
import { deleteAside, setAside } from "./set-aside.ts";

type RemoveOptions = {
  /** Several names are no obstacle, and containers made from it are removed first. */
  readonly force: boolean;
  /** Only several names are no obstacle. */
  readonly allNames?: boolean;
};

/** What a removal did: the names taken away, and the id of the image when the whole of it went. */
export type RemovedImage = { untagged: string[]; deleted: string | undefined };

/**
 * Takes the given name of an image away; when it was the last one, or the image was given by its id, the image goes too, with the layers
 * and blobs that nothing else uses. Records are forgotten before files are freed. With `force` several names are no obstacle, and containers
 * made from it are removed first. Throws `not_found`, `conflict` (several names), `in_use` (containers).
 */
export async function removeImage(engine: Engine, text: string, options: RemoveOptions): Promise<RemovedImage> {
  const found = findImage(engine, text);
  if (endsImage(engine, found, options)) refuseHeld(engine, found.image);
  if (options.force && endsImage(engine, found, options)) await removeContainers(engine, found.image);
  const { plan, aside } = await takeOut(engine, text, options);
  await deleteAside(aside);
  for (const name of plan.untagged) emitEvent(engine, { type: "image", action: "untag", id: found.image.id, name });
  if (plan.deleted !== undefined)
    emitEvent(engine, { type: "image", action: "remove", id: plan.deleted, name: plan.untagged[0] ?? plan.deleted });
  return { untagged: plan.untagged, deleted: plan.deleted };
}

type Plan = RemovedImage & { blobs: Digest[]; layers: Digest[] };

async function takeOut(engine: Engine, text: string, options: RemoveOptions): Promise<{ plan: Plan; aside: string[] }> {
  using _ = await lockImages(engine);
  const plan = transaction(engine.store, () => forget(engine, findImage(engine, text), options));
  // The topmost layer first: a layer goes only when none stands on it.
  const folders = forgetLayers(engine, plan.layers.reverse());
  return { plan, aside: setAside(engine, [...blobFiles(engine.paths, plan.blobs), ...folders]) };
}

function forget(engine: Engine, found: FoundImage, options: RemoveOptions): Plan {
  const { image, by, name } = found;
  const names = imageNames(engine.store, image.id).map((row) => row.name);
  if (!endsImage(engine, found, options)) {
    if (by !== "name" || name === undefined) throw severalNames(image, names);
    forgetImageName(engine.store, name);
    return { untagged: [name], deleted: undefined, blobs: [], layers: [] };
  }
  refuseHeld(engine, image);
  const containers = containersOf(engine.store, image.id);
  if (containers.length > 0) throw inUse(image, names, containers);
  const lists = manifestListsOf(engine.store, image.id);
  if (lists.length > 0 && !options.force) throw inLists(image, names, lists);
  deleteManifestListEntriesOf(engine.store, image.id);
  // Under the lock of images: nobody mounts it now.
  if (isImageMounted(engine, image.id)) {
    if (!options.force) throw mounted(image, names);
    unmountUnderLock(engine, image.id);
  }
  const blobs = blobsOnlyOf(engine.store, image.id);
  const layers = imageLayers(engine.store, image.id).map(({ chainId }) => chainId);
  forgetImage(engine.store, image.id);
  const freed = layers.filter((chainId) => !isLayerKept(engine.store, chainId));
  return { untagged: names, deleted: image.id, blobs, layers: freed };
}

function endsImage(engine: Engine, { image, by, name }: FoundImage, { force, allNames }: RemoveOptions): boolean {
  const names = imageNames(engine.store, image.id);
  if (by === "name") return names.every((row) => row.name === name);
  return names.length <= 1 || force || allNames === true;
}

async function removeContainers(engine: Engine, image: ImageRecord): Promise<void> {
  for (const { id } of containersOf(engine.store, image.id)) {
    await removeContainer(engine, id, { force: true, volumes: false });
  }
}

// With --force, too: what the build has made on it would be worth nothing.
function refuseHeld(engine: Engine, image: ImageRecord): void {
  if (!heldByArrivals(engine.paths, "image").has(image.id)) return;
  const name = imageNames(engine.store, image.id)[0]?.name ?? image.id.slice(0, 12);
  throw new EstibaError("in_use", {
    reason: "image.in_build",
    what: `image ${name} is in use by a build`,
    fix: "remove it when the build has ended",
    retryable: true,
  });
}

function mounted(image: ImageRecord, names: readonly string[]): EstibaError {
  const name = names[0] ?? image.id.slice(0, 12);
  return new EstibaError("in_use", {
    reason: "image.mounted",
    what: `image ${name} is mounted on the host`,
    fix: `unmount it first: estiba image unmount ${name}`,
  });
}

function inLists(image: ImageRecord, names: readonly string[], lists: readonly string[]): EstibaError {
  return new EstibaError("in_use", {
    reason: "image.in_list",
    what: `image ${names[0] ?? image.id.slice(0, 12)} is in the manifest list ${lists.join(", ")}`,
    fix: `remove the list first (estiba manifest rm ${lists[0] ?? ""}), or use --force to take the image out of it`,
  });
}

function severalNames(image: ImageRecord, names: readonly string[]): EstibaError {
  return new EstibaError("conflict", {
    reason: "image.several_names",
    what: `image ${image.id.slice(0, 12)} has several names: ${names.join(", ")}`,
    fix: "remove it by one of its names, or all at once with --force",
  });
}

function inUse(
  image: ImageRecord,
  names: readonly string[],
  containers: readonly { id: string; name: string }[],
): EstibaError {
  const listed = containers.map(({ name }) => `"${name}"`).join(", ");
  return new EstibaError("in_use", {
    reason: "image.in_use",
    what: `image ${names[0] ?? image.id.slice(0, 12)} is in use by container ${listed}`,
    fix: "remove the containers first, or use --force to remove them with it",
    details: { containers: containers.map(({ id }) => id) },
  });
}
