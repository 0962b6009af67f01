import { chmodSync, chownSync, closeSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { asFsUser } from "../host/fs-user.ts";
import {
  attachTree,
  cloneTree,
  isMountPoint,
  MS,
  mountFileSystem,
  mountOverlay,
  openOverlay,
  unmountDetached,
} from "../host/mount.ts";
import { fdPath, openRoot } from "../host/openat.ts";
import { statFd, statPath } from "../host/statx.ts";
import { EstibaError } from "../lib/error.ts";
import { hasCode } from "../lib/has-code.ts";
import { removeTree } from "./remove-tree.ts";

/** Where an active snapshot lies. Overlay needs `upper` and `work` on one file system. */
export type Snapshot = {
  /** All that belongs to the key; its owner may keep further files in it. */
  readonly folder: string;
  readonly upper: string;
  readonly work: string;
  /** Where the root appears while it is mounted. */
  readonly merged: string;
  /** Where a file system in memory is mounted beside it, for those that share it with whose root it is. */
  readonly shm: string;
  /** The store of layers that names of lower folders are relative to. */
  readonly layers: string;
  /** An empty folder: what lies below where there is no layer. */
  readonly empty: string;
};

type SnapshotMount = {
  /** Folders of layers, topmost first: names in the store of layers, or absolute paths. */
  readonly lowers: readonly string[];
  /**
   * Nothing is written to the disk on purpose, not even at unmount: only for a snapshot that is thrown away after use, since a crash of the
   * host may damage it.
   */
  readonly volatile?: boolean;
  /**
   * A user namespace by whose mapping the owners of all files are seen. On disk they stay as they are, in layers and in the snapshot.
   */
  readonly idmap?: number | undefined;
};

// index: layers are shared by many mounts. metacopy, redirect_dir: an upper folder must be a plain diff, and a hostile layer's marks
// must not lead anywhere.
const OPTIONS = ["index=off", "metacopy=off", "redirect_dir=nofollow"];

/** The paths of a snapshot; nothing is made. Throws `invalid` for a key that is no plain name. */
export function snapshotPaths(root: string, key: string): Snapshot {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(key)) {
    throw new EstibaError("invalid", {
      reason: "storage.bad_key",
      what: `not a key of a snapshot: ${JSON.stringify(key)}`,
    });
  }
  const folder = join(root, "containers", key);
  return {
    folder,
    upper: join(folder, "upper"),
    work: join(folder, "work"),
    merged: join(folder, "merged"),
    shm: join(folder, "shm"),
    layers: join(root, "layers"),
    empty: join(folder, "empty"),
  };
}

/** Makes the folders of a snapshot, where they are missing. The key's record is written before. Idempotent. */
export function prepareSnapshot(root: string, key: string): Snapshot {
  const snapshot = snapshotPaths(root, key);
  mkdirSync(snapshot.folder, { recursive: true, mode: 0o700 });
  for (const folder of [snapshot.upper, snapshot.work, snapshot.merged]) makeFolder(folder);
  return snapshot;
}

/**
 * Mounts the snapshot over its layers at `merged`, and gives that path. Mounted already: nothing happens. At the first mount its root
 * folder takes mode and owner of the topmost layer's. Throws `unsupported` for more layers than the kernel takes, `not_found` for a
 * layer that is gone.
 */
export function mountSnapshot(snapshot: Snapshot, mount: SnapshotMount): string {
  const { upper, work, merged, layers } = snapshot;
  if (isMountPoint(merged)) return merged;
  const lowers = mount.lowers.map((lower) => (lower.startsWith("/") ? lower : join(layers, lower)));
  if (lowers.length === 0) {
    makeFolder(snapshot.empty);
    lowers.push(snapshot.empty);
  }
  // The kernel makes work/work at the first mount.
  if (statPath(join(work, "work")) === undefined) inheritRoot(upper, lowers[0] ?? snapshot.empty);
  // The mark of a volatile mount that was never unmounted in order forbids the next one; what it guards against was accepted.
  else if (mount.volatile === true) removeTree(join(work, "work", "incompat"));
  const options = mount.volatile === true ? [...OPTIONS, "volatile"] : OPTIONS;
  if (mount.idmap === undefined) mountOverlay({ target: merged, lowers, upper, work, options });
  else mountMappedOverlay({ folder: snapshot.folder, target: merged, lowers, options, idmap: mount.idmap });
  return merged;
}

type MappedOverlay = {
  /** Root's own folder, with `upper` and `work` in it. */
  readonly folder: string;
  readonly target: string;
  /** Absolute folders, topmost first; at least one. */
  readonly lowers: readonly string[];
  readonly options: readonly string[];
  /** The user namespace by whose mapping the owners of all files are seen. */
  readonly idmap: number;
};

/**
 * An overlay cannot be idmapped, but its layers can: each is put, mapped, over the place where the whole will be, where the kernel wants
 * to see them and any cleanup finds them, and named by its descriptor. Throws `unsupported` where the file system cannot map.
 */
export function mountMappedOverlay({ folder, target, lowers, options, idmap }: MappedOverlay): void {
  const trees: number[] = [];
  const mapped = (path: string): string => {
    const tree = cloneTree(path, { idmap });
    trees.push(tree);
    attachTree(tree, target);
    return fdPath(tree);
  };
  const unmountAll = (): void => {
    while (unmountDetached(target));
  };
  try {
    const own = mapped(folder);
    // Root's own folder: as whose it appears is the container's root, and what the kernel makes in `work` must be his.
    const root = statFd(trees[0] ?? -1);
    const layers = lowers.map(mapped);
    const [upper, work] = [join(own, "upper"), join(own, "work")];
    asFsUser(root, () => mountOverlay({ target, lowers: layers, upper, work, options, opened: unmountAll }));
  } catch (error) {
    unmountAll();
    throw error;
  } finally {
    for (const tree of trees) closeSync(tree);
  }
}

/**
 * The root of a snapshot that is not mounted, as a close-on-exec descriptor which the caller closes; it is mounted nowhere, so nothing of it
 * outlives the process. `write`: what is written goes to the snapshot; nobody else may mount it meanwhile. Else it is read-only, and a
 * snapshot that was never prepared shows its layers.
 */
export function openSnapshot(snapshot: Snapshot, mount: SnapshotMount & { access: "read" | "write" }): number {
  const { upper, work, merged, layers, empty } = snapshot;
  mkdirSync(snapshot.folder, { recursive: true, mode: 0o700 });
  for (const folder of [upper, work, merged, empty]) makeFolder(folder);
  const lowers = mount.lowers.map((lower) => (lower.startsWith("/") ? lower : join(layers, lower)));
  if (lowers.length === 0) lowers.push(empty);
  if (statPath(join(work, "work")) === undefined) inheritRoot(upper, lowers[0] ?? empty);
  else if (mount.access === "write") removeTree(join(work, "work", "incompat"));
  if (mount.access === "read") return openOverlay({ target: merged, lowers: [upper, ...lowers], options: OPTIONS });
  return openOverlay({ target: merged, lowers, upper, work, options: OPTIONS });
}

/**
 * Layers (absolute folders, topmost first) as one read-only tree: a close-on-exec descriptor, which the caller closes. `empty` is a folder
 * that is made where it is missing and stays empty.
 */
export function openLayers(lowers: readonly string[], empty: string): number {
  // Nothing may have run since the host came up.
  mkdirSync(dirname(empty), { recursive: true, mode: 0o700 });
  makeFolder(empty);
  const [only, second] = lowers;
  if (second === undefined) return openRoot(only ?? empty);
  return openOverlay({ target: empty, lowers, options: OPTIONS });
}

/**
 * Mounts a file system in memory beside a snapshot that is mounted; it goes when that is unmounted.
 * @param options of tmpfs, such as `mode=1777,size=65536`
 */
export function mountShm(root: string, key: string, options: string): void {
  const { shm } = snapshotPaths(root, key);
  makeFolder(shm);
  const flags = MS.NOSUID | MS.NODEV | MS.NOEXEC;
  mountFileSystem({ type: "tmpfs", source: "shm", target: shm, flags, data: options });
}

/** Unmounts the snapshot at once, even while it is in use; the kernel lets go of it when its last user is gone. False: not mounted. */
export function unmountSnapshot(root: string, key: string): boolean {
  const { merged, shm } = snapshotPaths(root, key);
  // First: whoever is cut off in between leaves a mounted root, which is looked for.
  while (unmountDetached(shm));
  let unmounted = false;
  while (unmountDetached(merged)) unmounted = true;
  return unmounted;
}

/** Unmounts the snapshot and deletes all that belongs to its key. The key's record is gone before. False where there was nothing. */
export function removeSnapshot(root: string, key: string): boolean {
  unmountSnapshot(root, key);
  return removeTree(snapshotPaths(root, key).folder);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    throw error;
  }
  chmodSync(path, 0o755);
}

function inheritRoot(upper: string, lower: string): void {
  const status = statPath(lower);
  if (status === undefined) return;
  const { mode, uid, gid } = status;
  if (uid !== 0 || gid !== 0) chownSync(upper, uid, gid);
  if ((mode & 0o7777) !== 0o755) chmodSync(upper, mode & 0o7777);
}
