import { rmSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../host/process.ts";
import type { ContainerRecord, ContainerState } from "../../state/container.ts";
import { deleteState, getContainer, listContainers, listStates } from "../../state/containers.ts";
import { tryLock } from "../../state/lock.ts";
import { removeSnapshot, unmountSnapshot } from "../../storage/snapshot.ts";
import type { Engine } from "../engine.ts";
import { finishContainer, freeRunning, sweepHalfStarted } from "../finish.ts";
import type { Finding } from "./finding.ts";
import { folderNames } from "./folder-names.ts";

const ID = /^[0-9a-f]{64}$/;

/** Containers whose state does not match the kernel's view, and what containers that are gone left on disk. */
export function checkContainers(engine: Engine): Finding[] {
  const records = new Map(listContainers(engine.store).map((record) => [record.id, record]));
  const states = listStates(engine.live);
  return [
    ...[...records.values()].flatMap((record) => checkState(engine, record, states.get(record.id))),
    ...[...states].filter(([id]) => !records.has(id)).map(([id, state]) => orphanState(engine, id, state)),
    ...orphans(engine, engine.paths.containers, records).map((id) => orphanSnapshot(engine, id)),
    ...orphans(engine, engine.paths.bundles, new Map([...records].filter(([id]) => states.has(id)))).map((id) =>
      orphanBundle(engine, id),
    ),
    ...staleExits(engine, records),
    ...staleLocks(engine, records),
  ];
}

function checkState(engine: Engine, record: ContainerRecord, state: ContainerState | undefined): Finding[] {
  if (state === undefined || isBusy(engine, record.id)) return [];
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
  const runs = state.status === "running" || state.status === "stopping";
  // The exit hook needs a moment; as long as the monitor lives it is on its way.
  if (!runs || isAlive(state.init) || isAlive(state.monitor)) return [];
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
        if (getContainer(engine.store, id) !== undefined) return;
        await freeRunning(engine, { id, network: "bridge", state }, () => deleteState(engine.live, id));
      }),
  };
}

function orphanSnapshot(engine: Engine, id: string): Finding {
  return {
    kind: "snapshot",
    what: `the snapshot of container ${id.slice(0, 12)}, which does not exist`,
    repair: () =>
      locked(engine, id, () => {
        if (getContainer(engine.store, id) !== undefined) return;
        unmountSnapshot(engine.paths.root, id);
        removeSnapshot(engine.paths.root, id);
      }),
  };
}

function orphanBundle(engine: Engine, id: string): Finding {
  return {
    kind: "bundle",
    what: `the bundle of container ${id.slice(0, 12)}, which does not run`,
    repair: () => locked(engine, id, () => rmSync(join(engine.paths.bundles, id), { recursive: true, force: true })),
  };
}

function staleExits(engine: Engine, records: ReadonlyMap<string, unknown>): Finding[] {
  return folderNames(engine.paths.exits)
    .filter((id) => !records.has(id))
    .map((id) => ({
      kind: "exit file",
      what: `the exit file of container ${id.slice(0, 12)}, which does not exist`,
      repair: () => rmSync(join(engine.paths.exits, id), { force: true }),
    }));
}

function staleLocks(engine: Engine, records: ReadonlyMap<string, unknown>): Finding[] {
  return folderNames(engine.paths.locks)
    .map((name) => /^container-([0-9a-f]{64})$/.exec(name)?.[1])
    .filter((id) => id !== undefined)
    .filter((id) => !records.has(id) && !isBusy(engine, id))
    .map((id) => ({
      kind: "lock",
      what: `the lock of container ${id.slice(0, 12)}, which does not exist`,
      repair: () => {
        using lock = tryLock(lockPath(engine, id));
        if (getContainer(engine.store, id) === undefined) lock?.discard();
      },
    }));
}

// Folders by id that no record owns, and that no command is working on at this moment.
function orphans(engine: Engine, folder: string, owners: ReadonlyMap<string, unknown>): string[] {
  return folderNames(folder).filter((id) => ID.test(id) && !owners.has(id) && !isBusy(engine, id));
}

function lockPath(engine: Engine, id: string): string {
  return join(engine.paths.locks, `container-${id}`);
}

function isBusy(engine: Engine, id: string): boolean {
  using lock = tryLock(lockPath(engine, id));
  if (lock === undefined) return true;
  if (getContainer(engine.store, id) === undefined) lock.discard();
  return false;
}

async function locked(engine: Engine, id: string, work: () => Promise<void> | void): Promise<void> {
  using lock = tryLock(lockPath(engine, id));
  if (lock === undefined) return;
  await work();
  if (getContainer(engine.store, id) === undefined) lock.discard();
}
