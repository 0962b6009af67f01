import { closeSync, existsSync, mkdirSync, rmdirSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { makeFolders } from "../../host/make-folders.ts";
import { bindMount, mountOverlay, unmountDetached } from "../../host/mount.ts";
import { O_PATH } from "../../host/open-flags.ts";
import { fdPath, makeFolderAt, openInRoot, openRoot } from "../../host/openat.ts";
import { statFd } from "../../host/statx.ts";
import { makeUserNamespace } from "../../host/user-namespace.ts";
import { EstibaError, isEstibaError } from "../../lib/error.ts";
import type { ResolvedMount } from "../../runtime/spec-mounts.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { imageById } from "../../state/images.ts";
import { layerPaths } from "../../state/layers.ts";
import type { FileMountOptions, ImageMount, MountSpec } from "../../state/spec/mounts.ts";
import { getVolume } from "../../state/volumes.ts";
import { mountMappedOverlay } from "../../storage/snapshot.ts";
import type { Engine } from "../engine.ts";
import { isIdentity } from "../id-maps.ts";
import { kindOfSource, requireSource } from "../mount-source.ts";
import { type MountContext, ownMemory, type PreparedMounts } from "../volumes.ts";
import { mountVolume } from "./device.ts";
import { changeOwners, hostUser, ownerMap, resolveIdMap } from "./owners.ts";
import { volumeSource } from "./source.ts";

const OVERLAY_OPTIONS = ["index=off", "metacopy=off", "redirect_dir=nofollow"];

/**
 * The host path of each mount, where one of them takes more than a folder: a device, an image, an overlay, mapped owners, a part of a
 * source. What is mounted for that stands in `<run root>/mounts/<id>` until it is disposed. The caller holds the container's lock.
 */
export async function stageMounts(
  engine: Engine,
  record: ContainerRecord,
  context: MountContext,
): Promise<PreparedMounts> {
  using undo = new DisposableStack();
  const stage = undo.use(new Stage(engine, record.id));
  const mounts: ResolvedMount[] = [];
  for (const [index, mount] of record.mounts.entries()) {
    mounts.push({
      mount: ownMemory(mount, context),
      source: await sourceOf(engine, mount, { stage, context, index, id: record.id }),
    });
  }
  const kept = undo.move();
  return { mounts, [Symbol.dispose]: () => kept.dispose() };
}

/** Unmounts what a start that was killed left staged for a container; tells whether there was anything. */
export function clearStage(engine: Engine, id: string): boolean {
  const folder = stageFolder(engine, id);
  const names = folderNames(folder);
  for (const name of names) {
    const place = join(folder, name);
    while (unmountDetached(place));
    // Never recursively: if it should be a mount still, nothing of it may go.
    if (statSync(place).isDirectory()) rmdirSync(place);
    else unlinkSync(place);
  }
  rmSync(folder, { recursive: true, force: true });
  return names.length > 0;
}

/** The ids of the containers that something is staged for. */
export function listStages(engine: Engine): string[] {
  return folderNames(join(engine.paths.runRoot, "mounts"));
}

/** Where the sources of a container's mounts stand while the runtime makes it. */
export function stageFolder(engine: Engine, id: string): string {
  return join(engine.paths.runRoot, "mounts", id);
}

/** Places where the sources of one start are put together. */
class Stage implements Disposable {
  readonly #engine: Engine;
  readonly #id: string;
  #count = 0;

  constructor(engine: Engine, id: string) {
    this.#engine = engine;
    this.#id = id;
    clearStage(engine, id);
  }

  /** An empty folder or file to mount on. */
  place(kind: "folder" | "file"): string {
    const folder = stageFolder(this.#engine, this.#id);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, String(this.#count++));
    if (kind === "folder") mkdirSync(path);
    else writeFileSync(path, "");
    return path;
  }

  [Symbol.dispose](): void {
    clearStage(this.#engine, this.#id);
  }
}

type Staging = {
  stage: Stage;
  context: MountContext;
  index: number;
  id: string;
  /** The files have the container's own owners on disk, and are seen by its mapping. */
  mapped?: boolean;
};

async function sourceOf(engine: Engine, mount: MountSpec, staging: Staging): Promise<string> {
  switch (mount.type) {
    case "tmpfs":
    case "devpts":
      return mount.type;
    case "image":
      return partOf(stageImage(engine, mount, staging), mount, staging);
    case "bind":
      // What is there may be a file, or a socket.
      if (mount.createSource === true && !existsSync(mount.source)) makeFolders(mount.source, 0o755);
      return changed(engine, mount.source, mount, staging);
    case "volume": {
      const volume = getVolume(engine.store, mount.source ?? "");
      if (volume !== undefined) await mountVolume(engine, volume);
      return ownIds(
        changed(engine, volumeSource(engine, mount, staging.context), mount, { ...staging, mapped: true }),
        mount,
        staging,
      );
    }
  }
}

function changed(engine: Engine, source: string, mount: FileMountOptions, staging: Staging): string {
  const part = partOf(source, mount, staging);
  const layered = mount.overlay === undefined ? part : stageOverlay(engine, part, mount.overlay, staging);
  return owned(layered, mount, staging);
}

function partOf(source: string, { subpath, createSubpath }: FileMountOptions, { stage }: Staging): string {
  if (subpath === undefined) return source;
  requireSource(source);
  const base = openRoot(source);
  try {
    const part = createSubpath === true ? openOrMake(base, subpath) : openInRoot(base, subpath, O_PATH);
    try {
      const place = stage.place(kindOfSource(fdPath(part)));
      bindMount(fdPath(part), place, { recursive: true });
      return place;
    } finally {
      closeSync(part);
    }
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
    throw new EstibaError("invalid", {
      reason: "container.no_subpath",
      what: `there is no "${subpath}" in what is to be mounted`,
      cause: error,
    });
  } finally {
    closeSync(base);
  }
}

/** A link that leads nowhere, or out of the source, is not followed to where a folder could be made. */
function openOrMake(base: number, subpath: string): number {
  try {
    return openInRoot(base, subpath, O_PATH);
  } catch (error) {
    if (!isEstibaError(error, "not_found")) throw error;
  }
  const parent = openOrMake(base, dirname(subpath));
  try {
    makeFolderAt(parent, basename(subpath), statFd(base).mode & 0o7777, subpath);
  } finally {
    closeSync(parent);
  }
  return openInRoot(base, subpath, O_PATH);
}

function stageOverlay(
  engine: Engine,
  source: string,
  overlay: NonNullable<FileMountOptions["overlay"]>,
  staging: Staging,
): string {
  if (kindOfSource(source) === "file") {
    throw new EstibaError("invalid", {
      reason: "container.overlay_of_file",
      what: `the option O needs a folder, and "${source}" is a file`,
      fix: "mount the folder that it lies in",
    });
  }
  return overlayAt([source], overlay, { engine, ...staging });
}

function stageImage(engine: Engine, mount: ImageMount, staging: Staging): string {
  const chainId = mount.chainId ?? chainOf(engine, mount);
  const lowers = layerPaths(engine.store, chainId).map((folder) => join(engine.paths.layers, folder));
  return overlayAt(lowers, {}, { engine, ...staging, mapped: true });
}

function chainOf(engine: Engine, mount: ImageMount): string {
  const image = imageById(engine.store, mount.imageId ?? "");
  if (image === undefined) {
    throw new EstibaError("not_found", {
      reason: "container.mounted_image_gone",
      what: `the image "${mount.source}", which is to be mounted at ${mount.target}, is gone`,
      fix: `pull it again (estiba pull ${mount.source}), then make the container anew`,
    });
  }
  return image.chainId ?? "";
}

/** Folders, topmost first, below a layer that is the container's own and begins empty, or below the folders named. */
function overlayAt(
  lowers: readonly string[],
  named: { readonly upper?: string; readonly work?: string },
  { engine, id, index, stage, context, mapped }: Staging & { engine: Engine },
): string {
  const own = join(engine.paths.containers, id, "overlays", String(index));
  const [upper, work, empty] = [named.upper ?? join(own, "upper"), named.work ?? join(own, "work"), join(own, "empty")];
  // Nothing is ever mounted in here.
  rmSync(own, { recursive: true, force: true });
  mkdirSync(empty, { recursive: true, mode: 0o700 });
  for (const folder of [upper, work]) makeFolders(folder, 0o755);
  const first = lowers[0] ?? empty;
  const { mode, uid, gid } = statSync(first);
  if (named.upper === undefined) changeOwners(upper, { uid, gid, mode: mode & 0o7777 });
  const target = stage.place("folder");
  const layers = lowers.length === 0 ? [empty] : lowers;
  const { idMaps } = context;
  if (mapped !== true || idMaps === undefined || isIdentity(idMaps) || named.upper !== undefined) {
    mountOverlay({ target, lowers: layers, upper, work, options: OVERLAY_OPTIONS });
    return target;
  }
  const idmap = makeUserNamespace(idMaps);
  try {
    mountMappedOverlay({ folder: own, target, lowers: layers, options: OVERLAY_OPTIONS, idmap });
    return target;
  } finally {
    closeSync(idmap);
  }
}

/** `U` and idmap: the source with its owners mapped, on a mount of its own. */
function owned(source: string, mount: FileMountOptions, { stage, context }: Staging): string {
  if (mount.chown !== true && mount.idmap === undefined) return source;
  const kind = kindOfSource(source);
  const maps =
    mount.idmap === undefined ? ownerMap(source, context) : resolveIdMap(mount.idmap, context.idMaps, source);
  if (maps === undefined) return source;
  const namespace = makeUserNamespace(maps);
  try {
    const place = stage.place(kind);
    bindMount(source, place, { recursive: true, idmap: namespace });
    return place;
  } catch (error) {
    // `U` promises an owner, not how he is made: where mounts cannot map, the files are given to him, as Podman does.
    if (mount.idmap !== undefined || !(error instanceof EstibaError) || error.reason !== "host.no_idmap") throw error;
    changeOwners(source, hostUser(context), { recursive: true });
    return source;
  } finally {
    closeSync(namespace);
  }
}

/**
 * A volume keeps the container's own ids on disk, so that one with another mapping, or with none, finds the same owners in it. Where it
 * cannot be mapped, it is as it is, as with Podman.
 */
function ownIds(source: string, mount: FileMountOptions, { stage, context: { idMaps } }: Staging): string {
  if (idMaps === undefined || isIdentity(idMaps)) return source;
  if (mount.chown === true || mount.idmap !== undefined || mount.overlay !== undefined) return source;
  const namespace = makeUserNamespace(idMaps);
  try {
    const place = stage.place(kindOfSource(source));
    bindMount(source, place, { recursive: true, idmap: namespace });
    return place;
  } catch (error) {
    if (error instanceof EstibaError && error.reason === "host.no_idmap") return source;
    throw error;
  } finally {
    closeSync(namespace);
  }
}
