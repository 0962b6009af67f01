import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { folderNames } from "../../host/folder-names.ts";
import { isMountPoint } from "../../host/mount.ts";
import { isAlive } from "../../host/process.ts";
import type { ContainerRecord, ContainerState } from "../../state/container.ts";
import { hasContainer, listDamaged } from "../../state/container-row.ts";
import { deleteState, getContainer, getState, listSoundContainers, listStates } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import { getPod } from "../../state/pods.ts";
import { getVolume } from "../../state/volumes.ts";
import { removeSnapshot, snapshotPaths, unmountSnapshot } from "../../storage/snapshot.ts";
import type { Engine } from "../engine.ts";
import { finishContainer, freeRunning, sweepHalfStarted } from "../finish.ts";
import { isHeld } from "../held.ts";
import { endLeftovers } from "../leftovers.ts";
import { containerLockPath } from "../locks.ts";
import { finishNetworks, isSettled } from "../network/settle.ts";
import { releaseRoot } from "../root-mount.ts";
import { cgroupParent } from "../runtime-places.ts";
import { finishUpdate } from "../update.ts";
import { isAtRest, isBusy, isLeftover, locked } from "./busy.ts";
import type { Finding } from "./finding.ts";

const ID = /^[0-9a-f]{64}$/;
const ID_LENGTH = 64;

/** Containers whose state does not match the kernel's view, and what containers that are gone left on disk. */
export function checkContainers(engine: Engine): Finding[] {
  sweepLocks(engine);
  return [
    ...damagedRecords(engine),
    ...listSoundContainers(engine.store).flatMap(({ id }) => checkState(engine, id)),
    ...[...listStates(engine.live)]
      .filter(([id]) => isGone(engine, id) && getState(engine.live, id) !== undefined)
      .map(([id, state]) => orphanState(engine, id, state)),
    ...ids(engine.paths.containers)
      .filter((id) => isGone(engine, id) && existsSync(join(engine.paths.containers, id)))
      .map((id) => orphanSnapshot(engine, id)),
    ...listSoundContainers(engine.store).flatMap(({ id }) => idleMount(engine, id)),
    ...ids(engine.paths.bundles)
      .filter((id) => isLeftover(engine, id, join(engine.paths.bundles, id)))
      .map((id) => orphanBundle(engine, id)),
    ...staleExits(engine),
  ];
}

// What it was to be is known to nobody any more; its files may be of use to somebody.
function damagedRecords(engine: Engine): Finding[] {
  return listDamaged(engine.store).map(({ id, name }) => ({
    kind: "database",
    what: `the record of container ${name} (${id.slice(0, 12)}) cannot be read: save what you need of ${snapshotPaths(engine.paths.root, id).upper}, then: estiba rm --force ${name}`,
    repair: undefined,
  }));
}

function ids(folder: string): string[] {
  return folderNames(folder).filter((id) => ID.test(id));
}

// Every answer is asked for afresh: the container, and what was listed of it, may have come or gone. In this order: who removes it takes its
// lock, then the record, then the rest. The other way round, a removal that begins in between is taken for one that was cut off.
function isGone(engine: Engine, id: string): boolean {
  return !hasContainer(engine.store, id) && !isBusy(engine, id);
}

// Under the container's lock: its record and its state are of one moment.
function checkState(engine: Engine, id: string): Finding[] {
  using lock = tryLock(containerLockPath(engine, id));
  if (lock === undefined) return [];
  const record = getContainer(engine.store, id);
  if (record === undefined) lock.discard();
  const state = getState(engine.live, id);
  return record === undefined || state === undefined ? [] : judge(engine, record, state);
}

function judge(engine: Engine, record: ContainerRecord, state: ContainerState): Finding[] {
  const name = `${record.name} (${record.id.slice(0, 12)})`;
  if (state.status === "starting") {
    return [
      {
        kind: "start",
        what: `the start of container ${name} was cut off`,
        repair: () => locked(engine, record.id, () => sweepHalfStarted(engine, record)),
      },
    ];
  }
  if (state.limitsPending === true && isAlive(state.init)) {
    return [
      {
        kind: "limits",
        what: `an update of container ${name} was cut off: its limits may be the old ones`,
        repair: () => locked(engine, record.id, () => finishUpdate(engine, record.id)),
      },
    ];
  }
  if (isAlive(state.init) && !isSettled(record, state)) {
    return [
      {
        kind: "network",
        what: `a change of the networks of container ${name} was cut off`,
        repair: () =>
          locked(engine, record.id, async () => {
            await finishNetworks(engine, record.id);
          }),
      },
    ];
  }
  const atRest = state.status === "created" || state.status === "exited";
  // The exit hook needs a moment; as long as the monitor lives it is on its way.
  if (atRest || isAlive(state.init) || isAlive(state.monitor)) return [];
  return [
    {
      kind: "state",
      what: `container ${name} has ended without being cleaned up`,
      repair: () =>
        locked(engine, record.id, async () => {
          await finishContainer(engine, record);
        }),
    },
  ];
}

function orphanState(engine: Engine, id: string, state: ContainerState): Finding {
  return {
    kind: "state",
    what: `a state of container ${id.slice(0, 12)}, which does not exist`,
    repair: () =>
      locked(engine, id, async () => {
        if (hasContainer(engine.store, id)) return;
        const cgroup = `${cgroupParent(engine)}/${id}`;
        await endLeftovers(engine, id, cgroup);
        await freeRunning(engine, { id, network: "bridge", cgroup, state }, () => deleteState(engine.live, id));
      }),
  };
}

function orphanSnapshot(engine: Engine, id: string): Finding {
  return {
    kind: "snapshot",
    what: `the snapshot of container ${id.slice(0, 12)}, which does not exist`,
    repair: () =>
      locked(engine, id, () => {
        if (hasContainer(engine.store, id)) return;
        unmountSnapshot(engine.paths.root, id);
        removeSnapshot(engine.paths.root, id);
      }),
  };
}

function idleMount(engine: Engine, id: string): Finding[] {
  const { folder, merged } = snapshotPaths(engine.paths.root, id);
  if (!isMountPoint(merged) || !isAtRest(engine, id) || !isMountPoint(merged) || isHeld(folder)) return [];
  // Asked again: its restart policy may start it at any moment.
  if (!isAtRest(engine, id)) return [];
  return [
    {
      kind: "mount",
      what: `the root of container ${id.slice(0, 12)} is mounted, which does not run`,
      repair: () =>
        locked(engine, id, () => {
          const status = getState(engine.live, id)?.status ?? "created";
          if (status === "created" || status === "exited") releaseRoot(engine, id);
        }),
    },
  ];
}

function orphanBundle(engine: Engine, id: string): Finding {
  return {
    kind: "bundle",
    what: `the bundle of container ${id.slice(0, 12)}, which does not run`,
    repair: () => locked(engine, id, () => rmSync(join(engine.paths.bundles, id), { recursive: true, force: true })),
  };
}

function staleExits(engine: Engine): Finding[] {
  // A monitor that is just writing one has it under a name with an ending.
  return folderNames(engine.paths.exits)
    .map((name) => ({ name, id: name.slice(0, ID_LENGTH) }))
    .filter(({ name, id }) => isGone(engine, id) && existsSync(join(engine.paths.exits, name)))
    .map(({ name, id }) => ({
      kind: "exit file",
      what: `the exit file of container ${id.slice(0, 12)}, which does not exist`,
      repair: () => rmSync(join(engine.paths.exits, name), { force: true }),
    }));
}

// A lock's file without its thing harms nobody and may come back by the very question who holds it: swept, not reported.
function sweepLocks(engine: Engine): void {
  for (const name of folderNames(engine.paths.locks)) {
    const id = /^container-([0-9a-f]{64})$/.exec(name)?.[1];
    if (id !== undefined && !hasContainer(engine.store, id)) isBusy(engine, id);
    if (!isOfNothing(engine, name)) continue;
    using lock = tryLock(join(engine.paths.locks, name));
    // Asked again: it may have been made meanwhile, by one that has the lock no more.
    if (isOfNothing(engine, name)) lock?.discard();
  }
}

// Left by a pull, or by one who removed a volume or a pod and was killed.
function isOfNothing(engine: Engine, lock: string): boolean {
  const [, kind, name = ""] = /^(layer|volume|pod)-(.+)$/.exec(lock) ?? [];
  if (kind === "volume") return getVolume(engine.store, name) === undefined;
  if (kind === "pod") return getPod(engine.store, name) === undefined;
  return kind === "layer" && /^[0-9a-f]+$/.test(name);
}
