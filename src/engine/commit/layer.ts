import { closeSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { O_PATH } from "../../host/open-flags.ts";
import { openat2, openRoot, RESOLVE } from "../../host/openat.ts";
import { type FileStatus, statFd } from "../../host/statx.ts";
import type { ContainerRecord } from "../../state/container.ts";
import { layerPaths } from "../../state/layers.ts";
import { kernelName } from "../../storage/byte-path.ts";
import { isBareTarget } from "../../storage/diff.ts";
import { LowerView } from "../../storage/lower-view.ts";
import { openLayers, snapshotPaths } from "../../storage/snapshot.ts";
import type { TarEntry } from "../../storage/tar/entry.ts";
import { encodeEntry } from "../../storage/tar/write-header.ts";
import { writeTree } from "../../storage/tar/write-tree.ts";
import { openContainerRoot } from "../container-root.ts";
import type { Engine } from "../engine.ts";
import { mountTargets } from "../mount-targets.ts";

/**
 * What a container has changed in its image, as the archive of a layer: whiteouts and opaque marks as OCI has them, and nothing that was only
 * made to mount something over it. Read below the mount, so it may run meanwhile. `timestamp` (seconds since 1970) stands for the time of
 * every file.
 */
export function* changesOf(
  engine: Engine,
  record: ContainerRecord,
  timestamp?: number,
): Generator<Uint8Array, void, undefined> {
  const lowers = layerPaths(engine.store, record.chainId).map((folder) => join(engine.paths.layers, folder));
  const { upper } = snapshotPaths(engine.paths.root, record.id);
  using below = new LowerView(lowers);
  // One that was never started has no layer yet.
  const root = existsSync(upper) ? openRoot(upper) : openLayers([], join(engine.paths.runRoot, "empty"));
  try {
    const targets = mountTargets(record);
    const change = timestamp === undefined ? undefined : atTime(timestamp);
    yield* rootEntry(root, below, change);
    yield* writeTree(root, {
      name: "",
      ...(change === undefined ? {} : { change }),
      layer: { hidesSomething: (path) => isBelow(below, path) },
      includes: (path, status) => !targets.has(path) || changes(below, path, status) || !isBare(root, path, targets),
    });
  } finally {
    closeSync(root);
  }
}

/** Gives every entry the same time. */
export function atTime(seconds: number): (entry: TarEntry) => TarEntry {
  return (entry) => ({ ...entry, modified: { seconds, nanoseconds: 0 } });
}

/** A container's whole root, without what is mounted in it, as the archive of a single layer. */
export function* wholeRootOf(engine: Engine, record: ContainerRecord): Generator<Uint8Array, void, undefined> {
  using root = openContainerRoot(engine, record, "read");
  yield* writeTree(root.fd, { name: "", oneFileSystem: true });
}

/** The root folder itself, where its owner or mode is not that of the image's. */
export function* rootEntry(
  root: number,
  below: LowerView,
  change: (entry: TarEntry) => TarEntry = (entry) => entry,
): Generator<Uint8Array, void, undefined> {
  const found = below.find("");
  if (found === undefined) return;
  closeSync(found.fd);
  const { mode, uid, gid, modified } = statFd(root);
  const same = mode === found.status.mode && uid === found.status.uid && gid === found.status.gid;
  if (same) return;
  const entry: TarEntry = {
    type: "folder",
    name: "./",
    linkName: "",
    mode: mode & 0o7777,
    uid,
    gid,
    modified: { seconds: modified.seconds, nanoseconds: 0 },
    sizeBytes: 0,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    segments: undefined,
  };
  yield encodeEntry(change(entry));
}

// Making a mount target in a folder brings that folder up, as it is.
function changes(below: LowerView, path: string, { mode, uid, gid }: FileStatus): boolean {
  const found = below.find(path);
  if (found === undefined) return false;
  closeSync(found.fd);
  const { status } = found;
  return mode !== status.mode || uid !== status.uid || gid !== status.gid;
}

function isBelow(below: LowerView, path: string): boolean {
  const found = below.find(path);
  if (found === undefined) return false;
  closeSync(found.fd);
  return true;
}

function isBare(root: number, path: string, targets: ReadonlySet<string>): boolean {
  const resolve = RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS;
  const fd = openat2(root, kernelName(path), { flags: O_PATH | constants.O_NOFOLLOW, resolve });
  if (fd < 0) return false;
  try {
    return isBareTarget(fd, path, targets);
  } finally {
    closeSync(fd);
  }
}
