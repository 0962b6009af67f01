import { join } from "node:path";
import { isMountPoint } from "../host/mount.ts";
import { EstibaError } from "../lib/error.ts";
import type { ContainerRecord } from "../state/container.ts";
import { listContainers } from "../state/containers.ts";
import { snapshotPaths } from "../storage/snapshot.ts";
import { emitContainerEvent } from "./emit-event.ts";
import type { Engine } from "./engine.ts";
import { hold, letGo } from "./held.ts";
import { lockFound } from "./locks.ts";
import { isMapped, withJoinedIds } from "./prepare-root.ts";
import { mountRoot, unmountRoot } from "./root-mount.ts";
import { hasProcess, observe } from "./status.ts";

/** A container's root on the host. */
export type RootOnHost = { readonly record: ContainerRecord; readonly path: string };

/**
 * Shows a container's root on the host, running or not, without what is mounted in it, until {@link letRootGo}, its removal, or the next
 * boot. Throws `not_found`, and `unsupported` for one with a user namespace.
 */
export async function holdRoot(engine: Engine, nameOrId: string): Promise<RootOnHost> {
  using held = await lockFound(engine, nameOrId);
  const { record } = held;
  const { id } = record;
  if (isMapped(await withJoinedIds(record))) throw mappedRoot(record);
  const folder = join(engine.paths.containers, id);
  // Written down first: a crash leaves a mark without a mount, never a mount that nobody knows.
  hold(folder);
  try {
    const { path } = mountRoot(engine, record);
    emitContainerEvent(engine, record, "mount");
    return { record, path };
  } catch (error) {
    letGo(folder);
    throw error;
  }
}

/**
 * Takes {@link holdRoot} back; a root that is not held stays as it is. Throws `not_found`, and `wrong_state` for
 * one that runs and is not held, since it needs its root.
 */
export async function letRootGo(engine: Engine, nameOrId: string): Promise<void> {
  using held = await lockFound(engine, nameOrId);
  const { record } = held;
  const { id } = record;
  const wasHeld = letGo(join(engine.paths.containers, id));
  const runs = hasProcess(observe(engine, record));
  if (runs && !wasHeld) throw needed(record);
  if (!runs) unmountRoot(engine, id);
  if (wasHeld) emitContainerEvent(engine, record, "unmount");
}

/** The containers whose root is mounted on the host: those that run, and those that are held. */
export function mountedRoots(engine: Engine): RootOnHost[] {
  return listContainers(engine.store).flatMap((record) => {
    const { merged } = snapshotPaths(engine.paths.root, record.id);
    return isMountPoint(merged) ? [{ record, path: merged }] : [];
  });
}

// Its next start works on the files with their owners as they are on disk, which a root that is mounted for it does not show.
function mappedRoot({ name, id }: ContainerRecord): EstibaError {
  return new EstibaError("unsupported", {
    reason: "container.mapped_root",
    what: `the root of container "${name}" cannot be kept mounted: it has a user namespace`,
    fix: `copy what you need: estiba cp ${name}:PATH ., or: estiba export ${name}`,
    details: { id },
  });
}

function needed({ name, id }: ContainerRecord): EstibaError {
  return new EstibaError("wrong_state", {
    reason: "container.root_needed",
    what: `cannot unmount storage for container "${name}": it is running or paused: container state improper`,
    fix: `stop it first: estiba stop ${name}`,
    details: { id },
  });
}
