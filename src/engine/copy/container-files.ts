import { closeSync, constants } from "node:fs";
import { join } from "node:path";
import { ERRNO, errnoError, must } from "../../host/errno.ts";
import { bindMount } from "../../host/mount.ts";
import { inMountNamespace } from "../../host/mount-namespace.ts";
import { O_CLOEXEC, O_PATH } from "../../host/open-flags.ts";
import { fdPath, openInRoot, openRoot } from "../../host/openat.ts";
import { isAlive } from "../../host/process.ts";
import { AT_FDCWD, syscall } from "../../host/syscall.ts";
import type { IdMaps } from "../../host/user-namespace.ts";
import { resolveContainerUser } from "../../runtime/container-user.ts";
import { isSandbox } from "../../runtime/oci-runtime.ts";
import { prepareTarget } from "../../runtime/rootfs.ts";
import type { ResolvedMount } from "../../runtime/spec-mounts.ts";
import type { ContainerRecord, ProcessId } from "../../state/container.ts";
import type { MountSpec } from "../../state/spec/mounts.ts";
import { snapshotPaths } from "../../storage/snapshot.ts";
import { openContainerRoot } from "../container-root.ts";
import type { Engine } from "../engine.ts";
import { holdForNow } from "../held.ts";
import { lockRecord } from "../locks.ts";
import { kindOfSource } from "../mount-source.ts";
import { isMapped, openUserNamespace, withJoinedIds } from "../prepare-root.ts";
import { mountRoot } from "../root-mount.ts";
import { hasProcess, observe } from "../status.ts";
import { hostUser } from "../volume/owners.ts";
import { freeMounts, prepareMounts } from "../volumes.ts";

/** A container's files as its processes see them, with volumes and mounts; disposing closes it. */
export type ContainerFiles = AsyncDisposable & {
  /** Its root, O_PATH. */
  readonly rootFd: number;
  /** Who its process is, and below who its root is, by the ids that files have on the host. */
  readonly user: Owner;
  /** The mapping of its user namespace: files show the host's ids of it. Undefined: ids are the same. */
  readonly idMaps: IdMaps | undefined;
};

type Owner = { readonly uid: number; readonly gid: number };

/**
 * Opens the files of a container. One with a process: in its own mount namespace. One that does not run: its root with its volumes and
 * folders of the host, in a mount namespace of ours, under its lock until this is disposed. File systems in memory exist only while it
 * runs.
 */
export async function openContainerFiles(engine: Engine, plain: ContainerRecord): Promise<ContainerFiles> {
  const record = await withJoinedIds(plain);
  const running = openRunning(engine, record);
  if (running !== undefined) return running;
  await using undo = new AsyncDisposableStack();
  undo.use(await lockRecord(engine, record));
  // It may have been started before the lock was ours.
  const started = openRunning(engine, record);
  if (started !== undefined) return started;
  undo.defer(() => freeMounts(engine, record));
  for (const { name } of record.volumes) undo.use(holdForNow(join(engine.paths.volumes, name)));
  const { user, mounts } = await prepare(engine, record);
  using staged = mounts;
  using mapping = new DisposableStack();
  const idmap = isMapped(record) ? mapping.adopt(openUserNamespace(record), closeSync) : undefined;
  const { result: rootFd, namespace } = inMountNamespace(() => mountAll(engine, record, staged.mounts, idmap));
  undo.use(namespace);
  undo.defer(() => closeSync(rootFd));
  const kept = undo.move();
  return { rootFd, user, idMaps: mapOf(record), [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
}

function openRunning(engine: Engine, record: ContainerRecord): ContainerFiles | undefined {
  const observed = observe(engine, record);
  const init = observed.state?.init;
  if (!hasProcess(observed) || init === undefined) return undefined;
  // The kernel of gVisor keeps its mounts to itself: on the host there is only the root.
  const sandboxed = observed.state?.runtime !== undefined && isSandbox(observed.state.runtime);
  const rootFd = sandboxed ? openRoot(snapshotPaths(engine.paths.root, record.id).merged) : openProcessRoot(init);
  if (rootFd === undefined) return undefined;
  try {
    const user = hostUser({ user: () => resolveContainerUser(rootFd, record).user, idMaps: record.idMaps });
    return { rootFd, user, idMaps: mapOf(record), [Symbol.asyncDispose]: async () => closeSync(rootFd) };
  } catch (error) {
    closeSync(rootFd);
    throw error;
  }
}

function mapOf(record: ContainerRecord): IdMaps | undefined {
  return isMapped(record) ? record.idMaps : undefined;
}

/** The root of a process, in its mount namespace; undefined where it has ended. */
function openProcessRoot(init: ProcessId): number | undefined {
  const flags = O_PATH | constants.O_DIRECTORY | O_CLOEXEC;
  const fd = syscall("openat", AT_FDCWD, `/proc/${init.pid}/root`, flags);
  if (fd === -ERRNO.ENOENT || fd === -ERRNO.ESRCH) return undefined;
  if (fd < 0) throw errnoError(-fd, "cannot open the root of the container's process");
  // Asked afterwards: the pid may have become another process's before.
  if (isAlive(init)) return fd;
  closeSync(fd);
  return undefined;
}

/** The sources of all mounts, and volumes filled for the first time, as for a start. */
async function prepare(engine: Engine, record: ContainerRecord) {
  using root = openContainerRoot(engine, record, "write");
  const user = () => resolveContainerUser(root.fd, record).user;
  const { idMaps } = record;
  const mounts = await prepareMounts(engine, record, { rootFd: root.fd, user, idMaps });
  // While owners are still those on disk: where they are mapped, nobody of the host can make anything.
  for (const resolved of mounts.mounts) makeTarget(root.fd, resolved);
  return { user: hostUser({ user, idMaps }), mounts };
}

function makeTarget(rootFd: number, { mount, source }: ResolvedMount): void {
  if (isInMemory(mount)) return;
  prepareTarget(rootFd, mount.target, kindOfSource(source));
}

function isInMemory({ type }: MountSpec): boolean {
  return type === "tmpfs" || type === "devpts";
}

/** Mounts root and mounts, shallow before deep; gives a descriptor of the root. */
function mountAll(
  engine: Engine,
  record: ContainerRecord,
  mounts: readonly ResolvedMount[],
  idmap: number | undefined,
): number {
  const rootFd = openRoot(mountRoot(engine, record, idmap).path);
  try {
    const depth = ({ mount }: ResolvedMount): number => mount.target.split("/").length;
    for (const resolved of mounts.toSorted((a, b) => depth(a) - depth(b))) mountOne(rootFd, resolved);
    return rootFd;
  } catch (error) {
    closeSync(rootFd);
    throw error;
  }
}

function mountOne(rootFd: number, { mount, source }: ResolvedMount): void {
  if (isInMemory(mount)) return;
  const from = must(`cannot open ${JSON.stringify(source)}`, "openat", AT_FDCWD, source, O_PATH | O_CLOEXEC);
  try {
    const place = openInRoot(rootFd, mount.target, O_PATH);
    try {
      const recursive = mount.type !== "bind" || mount.recursive;
      bindMount(fdPath(from), fdPath(place), { recursive, readOnly: mount.readOnly });
    } finally {
      closeSync(place);
    }
  } finally {
    closeSync(from);
  }
}
