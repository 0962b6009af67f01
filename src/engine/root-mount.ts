import { chmodSync, chownSync, existsSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../host/folder-names.ts";
import { makeFolders } from "../host/make-folders.ts";
import { bindMount, isMountPoint, unmountDetached } from "../host/mount.ts";
import { IN_USER_NAMESPACE } from "../host/own-ids.ts";
import { hostId } from "../host/user-namespace.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { mountSnapshot, prepareSnapshot, unmountSnapshot } from "../storage/snapshot.ts";
import { rootLayers } from "./container-root.ts";
import type { Engine } from "./engine.ts";
import { isHeld } from "./held.ts";

/** A container's mounted root. */
export type MountedRoot = { readonly path: string; readonly unmount: () => void };

/**
 * Mounts the container's own layer over its image's. Its folders are made on first use. The caller holds its lock. Throws `corrupt` when
 * a layer's folder is gone.
 * @param idmap a user namespace by whose mapping the owners of its files are seen
 */
export function mountRoot(engine: Engine, record: ContainerRecord, idmap?: number): MountedRoot {
  const snapshot = prepareSnapshot(engine.paths.root, record.id);
  const { rootfs } = record.spec;
  if (rootfs?.overlay === false)
    return mountFolder(engine, record, { path: rootfs.path, merged: snapshot.merged, idmap });
  const lowers = rootLayers(engine, record);
  try {
    const path = mountSnapshot(snapshot, { lowers, volatile: record.spec.autoRemove, idmap });
    return { path, unmount: () => releaseRoot(engine, record.id) };
  } catch (error) {
    const missing = lowers.find((folder) => !existsSync(join(engine.paths.layers, folder)));
    throw missing === undefined ? error : missingLayer(missing, record, error);
  }
}

type FolderMount = { readonly path: string; readonly merged: string; readonly idmap: number | undefined };

// The folder itself is the root: what the container writes is written there.
function mountFolder(engine: Engine, record: ContainerRecord, { path, merged, idmap }: FolderMount): MountedRoot {
  if (idmap !== undefined) {
    throw new EstibaError("unsupported", {
      reason: "container.rootfs_in_userns",
      what: `a folder that is a container's root itself ("${path}") cannot be seen through a user namespace`,
      fix: "use a layer above it: --rootfs PATH:O",
    });
  }
  if (!isMountPoint(merged)) bindMount(path, merged);
  return { path: merged, unmount: () => releaseRoot(engine, record.id) };
}

function missingLayer(folder: string, record: ContainerRecord, cause: unknown): EstibaError {
  return new EstibaError("corrupt", {
    reason: "storage.layer_folder_missing",
    what: `the layer ${folder} of the image "${record.imageName}" is missing`,
    cause,
    fix: `run: estiba system check --repair, then: estiba pull ${record.imageName}`,
  });
}

/** Unmounts the container's root unless `mount` holds it for the host. */
export function releaseRoot(engine: Engine, id: string): void {
  if (!isHeld(join(engine.paths.containers, id))) return unmountRoot(engine, id);
  removeShown(id);
}

/** Unmounts the container's root; nothing happens when it is not mounted. */
export function unmountRoot(engine: Engine, id: string): void {
  unmountSnapshot(engine.paths.root, id);
  removeShown(id);
}

/**
 * The root of a container with a user namespace, at a place that its first process can reach while the runtime makes it: that is root of
 * nothing on the host, and our own folders are closed to it. Nobody else can enter: the folder is its group's alone.
 */
export function showRoot(record: ContainerRecord, root: MountedRoot): void {
  bindMount(root.path, shownPlace(record, "rootfs"));
}

/** Makes the place of {@link shownPath}, an empty folder to mount on. */
export function shownPlace(record: ContainerRecord, name: ShownName): string {
  const path = shownPath(record.id, name);
  makeFolders(path, 0o755);
  chmodSync(shownFolder(record.id), 0o710);
  if (record.idMaps !== undefined) chownSync(shownFolder(record.id), 0, hostId(record.idMaps.gids, 0));
  return path;
}

type ShownName = "rootfs" | "shm";

/** Where a part of a container is shown to its first process until the runtime has made the container. */
export function shownPath(id: string, name: ShownName): string {
  return join(shownFolder(id), name);
}

/** Takes out of sight what a container was shown. The empty folders stay while it runs: runc starts its helpers there. */
export function hideShown(id: string): void {
  const folder = shownFolder(id);
  for (const name of folderNames(folder)) while (unmountDetached(join(folder, name)));
}

function removeShown(id: string): void {
  const folder = shownFolder(id);
  if (!existsSync(folder)) return;
  hideShown(id);
  // Never recursively: if something should be mounted still, nothing of it may go.
  for (const name of folderNames(folder)) rmdirSync(join(folder, name));
  rmdirSync(folder);
}

// An id is unlike any other on the host, so no two engines meet here; both can be entered by everybody, wherever the run root lies.
function shownFolder(id: string): string {
  return `${IN_USER_NAMESPACE ? "/tmp" : "/run"}/estiba-root-${id}`;
}
