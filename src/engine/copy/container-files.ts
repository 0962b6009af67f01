import { closeSync, constants } from "node:fs";
import { ERRNO, errnoError, must } from "../../host/errno.ts";
import { bindMount } from "../../host/mount.ts";
import { inMountNamespace } from "../../host/mount-namespace.ts";
import { fdPath, O_CLOEXEC, O_PATH, openInRoot, openRoot } from "../../host/openat.ts";
import { isAlive } from "../../host/process.ts";
import { S_IFDIR, S_IFMT, statFd } from "../../host/statx.ts";
import { AT_FDCWD, syscall } from "../../host/syscall.ts";
import { resolveContainerUser } from "../../runtime/container-user.ts";
import { isSandbox } from "../../runtime/oci-runtime.ts";
import { prepareTarget } from "../../runtime/rootfs.ts";
import type { ResolvedMount } from "../../runtime/spec-mounts.ts";
import type { ContainerRecord, ProcessId } from "../../state/container.ts";
import { layerPaths } from "../../state/layers.ts";
import { mountSnapshot, prepareSnapshot, snapshotPaths } from "../../storage/snapshot.ts";
import { openContainerRoot } from "../container-root.ts";
import type { Engine } from "../engine.ts";
import { lockContainer } from "../locks.ts";
import { hasProcess, observe } from "../status.ts";
import { freeMounts, prepareMounts } from "../volumes.ts";

/** A container's files as its processes see them, with volumes and mounts; disposing closes it. */
export type ContainerFiles = AsyncDisposable & {
  /** Its root, O_PATH. */
  readonly rootFd: number;
  /** Who its process is, by the ids that files have on the host. */
  readonly user: { readonly uid: number; readonly gid: number };
};

/**
 * Opens the files of a container. One with a process: in its own mount namespace. One that does not run: its root with its volumes and
 * folders of the host, in a mount namespace of ours, under its lock until this is disposed. File systems in memory exist only while it
 * runs.
 */
export async function openContainerFiles(engine: Engine, record: ContainerRecord): Promise<ContainerFiles> {
  const running = openRunning(engine, record);
  if (running !== undefined) return running;
  await using undo = new AsyncDisposableStack();
  undo.use(await lockContainer(engine, record.id));
  // It may have been started before the lock was ours.
  const started = openRunning(engine, record);
  if (started !== undefined) return started;
  undo.defer(() => freeMounts(engine, record));
  const { user, mounts } = await prepare(engine, record);
  using staged = mounts;
  const { result: rootFd, namespace } = inMountNamespace(() => mountAll(engine, record, staged.mounts));
  undo.use(namespace);
  undo.defer(() => closeSync(rootFd));
  const kept = undo.move();
  return { rootFd, user, [Symbol.asyncDispose]: async () => await kept.disposeAsync() };
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
    const { uid, gid } = resolveContainerUser(rootFd, record).user;
    return { rootFd, user: { uid, gid }, [Symbol.asyncDispose]: async () => closeSync(rootFd) };
  } catch (error) {
    closeSync(rootFd);
    throw error;
  }
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
  const { uid, gid } = resolveContainerUser(root.fd, record).user;
  const user = { uid, gid };
  return { user, mounts: await prepareMounts(engine, record, { rootFd: root.fd, user: () => user }) };
}

/** Mounts root and mounts, shallow before deep; gives a descriptor of the root. */
function mountAll(engine: Engine, record: ContainerRecord, mounts: readonly ResolvedMount[]): number {
  const lowers = layerPaths(engine.store, record.chainId);
  const rootFd = openRoot(mountSnapshot(prepareSnapshot(engine.paths.root, record.id), { lowers }));
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
  if (mount.type === "tmpfs" || mount.type === "devpts") return;
  const from = must(`cannot open ${JSON.stringify(source)}`, "openat", AT_FDCWD, source, O_PATH | O_CLOEXEC);
  try {
    const kind = (statFd(from).mode & S_IFMT) === S_IFDIR ? "folder" : "file";
    const place = openInRoot(rootFd, prepareTarget(rootFd, mount.target, kind), O_PATH);
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
