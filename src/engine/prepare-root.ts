import { closeSync, constants, openSync } from "node:fs";
import { openRoot } from "../host/openat.ts";
import { makeUserNamespace } from "../host/user-namespace.ts";
import type { ContainerRecord } from "../state/container.ts";
import { joinedContainer, joinedPath } from "../state/spec/namespaces.ts";
import { unmountSnapshot } from "../storage/snapshot.ts";
import { openContainerRoot } from "./container-root.ts";
import type { Engine } from "./engine.ts";
import { isIdentity } from "./id-maps.ts";
import { runningContainer } from "./namespaces.ts";
import { hideShown, mountRoot, shownPath, showRoot } from "./root-mount.ts";
import { foundShm, provideShm } from "./shm.ts";

/** A root to write into: where the runtime finds it, and a descriptor that is open for the time of the work. */
export type RootWork<T> = (rootfs: string, rootFd: number) => Promise<T>;

/** What the root's mounts belong to: `undo` when the start fails, `staged` as soon as the runtime has made the container. */
type Owners = { readonly undo: AsyncDisposableStack; readonly staged: DisposableStack };

/**
 * Mounts a container's root and lets `work` prepare it for the runtime. With a user namespace, the work is done on the files with their
 * owners as they are on disk; then the root is mounted with the owners mapped. The caller holds the container's lock.
 */
export async function prepareRoot<T>(
  engine: Engine,
  record: ContainerRecord,
  owners: Owners,
  work: RootWork<T>,
): Promise<T> {
  const done = await withRoot(engine, record, owners, work);
  provideShm(engine, record);
  const donor = joinedContainer(record.spec.namespaces?.ipc);
  if (donor === undefined || foundShm(engine, record, donor) !== undefined) return done;
  const { stageSharedMemory } = await import("./joined-shm.ts");
  stageSharedMemory(record, runningContainer(engine, donor, "ipc"), owners.staged);
  return done;
}

async function withRoot<T>(
  engine: Engine,
  record: ContainerRecord,
  { undo, staged }: Owners,
  work: RootWork<T>,
): Promise<T> {
  if (!isMapped(record)) {
    const root = undo.adopt(mountRoot(engine, record), (mounted) => mounted.unmount());
    // Only until the bundle is written; the runtime opens the root anew.
    const rootFd = openRoot(root.path);
    try {
      return await work(root.path, rootFd);
    } finally {
      closeSync(rootFd);
    }
  }
  const done = await withPlainRoot(engine, record, work);
  const namespace = openUserNamespace(record);
  try {
    const root = undo.adopt(mountRoot(engine, record, namespace), (mounted) => mounted.unmount());
    staged.defer(() => hideShown(record.id));
    showRoot(record, root);
  } finally {
    closeSync(namespace);
  }
  return done;
}

async function withPlainRoot<T>(engine: Engine, record: ContainerRecord, work: RootWork<T>): Promise<T> {
  // Held by hand, it may be mounted with either owners.
  unmountSnapshot(engine.paths.root, record.id);
  using root = openContainerRoot(engine, record, "write");
  return await work(shownPath(record.id, "rootfs"), root.fd);
}

/** Whether the owners of a container's files are seen by a mapping. */
export function isMapped({ idMaps }: ContainerRecord): boolean {
  return idMaps !== undefined && !isIdentity(idMaps);
}

/** A user namespace with the container's mapping, as a close-on-exec descriptor, which the caller closes. */
export function openUserNamespace({ idMaps, spec }: ContainerRecord): number {
  const path = joinedPath(spec.namespaces?.user?.mode);
  if (path !== undefined) return openSync(path, constants.O_RDONLY);
  return makeUserNamespace(idMaps ?? { uids: [], gids: [] });
}

/** The record with the mapping of the user namespace at a path that it joins: what is there counts when the container starts. */
export async function withJoinedIds(record: ContainerRecord): Promise<ContainerRecord> {
  const path = joinedPath(record.spec.namespaces?.user?.mode);
  if (path === undefined) return record;
  const { findIdMaps } = await import("../host/find-id-maps.ts");
  return { ...record, idMaps: findIdMaps(path) };
}
